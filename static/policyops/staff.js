// Small helps for the staff's pages. Everything works without them.
"use strict";

// An error summary takes the focus.
document.querySelector("[data-focus]")?.focus();

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "yes";
        for (const button of form.querySelectorAll("button")) { button.setAttribute("aria-busy", "true"); }
    });
}
window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) { delete form.dataset.sent; }
});

// A revealed value leaves the page when its time is over.
for (const shown of document.querySelectorAll("[data-seconds]")) {
    const clock = document.querySelector("[data-clock]");
    let left = Number(shown.dataset.seconds);
    const timer = setInterval(() => {
        left -= 1;
        if (clock) { clock.textContent = String(left); }
        if (left <= 0) { clearInterval(timer); location.replace(shown.dataset.then); }
    }, 1000);
}

// A part that reports progress is fetched anew every few seconds while it says it is running. The server is told that
// nobody asked for it: a page left open keeps no session alive.
const live = document.querySelector("[data-live]");
const running = () => live.querySelector("[data-running]") !== null;
const pace = () => Number(live.dataset.every || 2) * 1000;
async function ask(address) {
    const answer = await fetch(address, { credentials: "same-origin", headers: { "X-Background": "yes" } });
    if (answer.redirected) { location.reload(); }
    return answer.ok && !answer.redirected ? answer.text() : "";
}
async function follow() {
    try {
        live.innerHTML = await ask(live.dataset.live) || live.innerHTML;
    } finally {
        if (running()) { setTimeout(follow, pace()); } else { await renew(); }
    }
}
// At the end the whole page is brought up to date, in place.
async function renew() {
    const fresh = new DOMParser().parseFromString(await ask(location.href), "text/html");
    for (const part of ["main", ".today"]) {
        const news = fresh.querySelector(part);
        if (news) { document.querySelector(part).replaceChildren(...news.childNodes); }
    }
}
if (live && running()) { setTimeout(follow, pace()); }
