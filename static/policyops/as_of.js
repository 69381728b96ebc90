// The as-of slider: it moves the day, and the page follows when it rests. Without this the form does the same.
"use strict";

const asOf = document.querySelector("[data-as-of]");
const slider = asOf.querySelector("#slider");
const onDay = asOf.querySelector("#on");
const first = Date.parse(asOf.dataset.first);
const DAY = 86400000;
let rest;

slider.parentElement.hidden = false;
slider.addEventListener("input", () => {
    onDay.value = new Date(first + Number(slider.value) * DAY).toISOString().slice(0, 10);
    slider.setAttribute("aria-valuetext", onDay.value);
    clearTimeout(rest);
    rest = setTimeout(showThatDay, 350);
});

async function showThatDay() {
    const address = `?${new URLSearchParams(new FormData(asOf))}`;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) { location.assign(address); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = (page) => page.querySelector("[data-as-of]").closest(".section");
    told(document).querySelector("[data-banner]").replaceWith(fresh.querySelector("[data-banner]"));
    while (told(document).nextElementSibling) { told(document).nextElementSibling.remove(); }
    while (told(fresh).nextElementSibling) { told(document).parentElement.append(told(fresh).nextElementSibling); }
    history.replaceState(null, "", address);
}
