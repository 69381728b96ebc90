// The list under the search box. Without it the box still searches: Enter shows the page of results.
"use strict";

const box = document.getElementById("find");
const list = document.getElementById("found");
const WAIT = 180;

if (box && list) {
    let waiting = 0;
    let asking = null;
    let at = -1;
    const options = () => [...list.querySelectorAll("[role=option]")];

    const close = () => {
        list.hidden = true;
        at = -1;
        box.setAttribute("aria-expanded", "false");
        box.removeAttribute("aria-activedescendant");
    };

    const mark = (place) => {
        const all = options();
        at = all.length ? (place + all.length) % all.length : -1;
        all.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
        if (at >= 0) {
            box.setAttribute("aria-activedescendant", all[at].id);
            all[at].scrollIntoView({ block: "nearest" });
        }
    };

    const show = (html) => {
        list.innerHTML = html;
        options().forEach((option, number) => { option.id = `found-option-${number}`; });
        at = -1;
        box.removeAttribute("aria-activedescendant");
        list.hidden = !list.textContent.trim();
        box.setAttribute("aria-expanded", String(!list.hidden));
    };

    const look = async () => {
        asking?.abort();
        if (box.value.trim().length < 2) { close(); return; }
        const mine = new AbortController();
        asking = mine;
        try {
            const answer = await fetch(list.dataset.panel, {
                method: "POST", body: new FormData(box.form), credentials: "same-origin", signal: mine.signal,
            });
            if (answer.ok && !answer.redirected && document.activeElement === box) { show(await answer.text()); }
        } catch (error) {
            if (error.name !== "AbortError") { close(); }
        }
    };

    box.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(look, WAIT);
    });
    box.addEventListener("keydown", (event) => {
        if (event.isComposing) { return; }
        if (event.key === "Escape") {
            close();
        } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
            event.preventDefault();
            mark(event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1);
        } else if (!list.hidden && event.key === "Enter" && at >= 0) {
            event.preventDefault();
            location.assign(options()[at].href);
        }
    });
    box.form.addEventListener("submit", () => { clearTimeout(waiting); asking?.abort(); });
    box.form.addEventListener("focusout", (event) => {
        if (!box.form.contains(event.relatedTarget)) { close(); }
    });

    // "/" goes to the box unless something is being typed; Ctrl-K from anywhere.
    document.addEventListener("keydown", (event) => {
        const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
        const control = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
        if (control || (event.key === "/" && !typing)) {
            event.preventDefault();
            box.focus();
            box.select();
        }
    });
}

// How many rows each saved view has, once the page stands.
const views = document.querySelector("[data-counts]");
if (views) {
    fetch(views.dataset.counts, { credentials: "same-origin" })
        .then((answer) => (answer.ok ? answer.json() : {}))
        .then((counts) => {
            for (const badge of views.querySelectorAll("[data-count]")) { badge.textContent = counts[badge.dataset.count] ?? ""; }
        })
        .catch(() => {});
}
