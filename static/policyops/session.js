// A minute before the session ends somebody is asked whether he is still there (screen S1.4).
"use strict";

const idle = document.querySelector("[data-session]");
const WARNING = 60;
let ends = 0;
const left = () => Math.round((ends - Date.now()) / 1000);

function begin(seconds) {
    ends = Date.now() + seconds * 1000;
    setTimeout(look, Math.max(0, seconds - WARNING) * 1000);
}

// Other windows may have been at work: only the server knows how much time is left.
async function look() {
    const answer = await fetch(idle.dataset.stay, { headers: { "X-Background": "yes" } });
    if (answer.redirected || !answer.ok) { location.reload(); return; }
    const found = (await answer.json()).left;
    if (found > WARNING) { begin(found); return; }
    ends = Date.now() + found * 1000;
    idle.showModal();
    tell();
}

function tell() {
    if (!idle.open) { return; }
    if (left() <= 0) { location.reload(); return; }
    idle.querySelector("[data-left]").textContent = String(left());
    setTimeout(tell, 1000);
}

async function stay(event) {
    event.preventDefault();
    const answer = await fetch(idle.dataset.stay, { method: "POST", body: new FormData(event.target) });
    if (answer.redirected || !answer.ok) { location.reload(); return; }
    idle.close();
    begin((await answer.json()).left);
}

if (idle) {
    idle.querySelector("form").addEventListener("submit", stay);
    begin(Number(idle.dataset.session));
}
