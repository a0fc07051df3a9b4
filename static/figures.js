// What pages of figures add: a tooltip for charts, the glue between the two ways
// to choose days, and figures that renew themselves. The pages work without it.

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

// One tooltip for all charts. Its text comes from data-tip: a heading, then
// lines of name, value and a swatch's class with tabs between.
let tip;

const span = (textContent, className) => Object.assign(document.createElement("span"), { textContent, className });

function showTip(from, x, y) {
	tip ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip", hidden: true }));
	tip.setAttribute("aria-hidden", "true");
	if (tip.source !== from) {
		tip.source = from;
		const [head, ...lines] = from.dataset.tip.split("\n");
		const title = document.createElement("strong");
		title.textContent = head;
		tip.replaceChildren(title, ...lines.map((line) => {
			const [name, value = "", swatch] = line.split("\t");
			const row = document.createElement("div");
			row.append(span(name, swatch ? `swatch ${swatch}` : ""), span(value, ""));
			return row;
		}));
	}
	tip.hidden = false;
	const { width, height } = tip.getBoundingClientRect();
	tip.style.left = `${Math.max(8, x + 14 + width > innerWidth ? x - width - 14 : x + 14)}px`;
	tip.style.top = `${Math.max(8, Math.min(y + 14, innerHeight - height - 8))}px`;
}

document.addEventListener("pointermove", (e) => {
	const from = e.target.closest?.("[data-tip]");
	if (from) showTip(from, e.clientX, e.clientY);
	else if (tip) tip.hidden = true;
});
for (const on of ["pointerleave", "scroll"]) document.addEventListener(on, () => { if (tip) tip.hidden = true; }, true);

// Days belong to "Any range", and every other period does without them.
document.addEventListener("change", (e) => {
	const form = e.target.closest("#ask");
	if (!form) return;
	if (e.target.closest("[data-range]")) form.elements.period.value = "range";
	else if (e.target.name === "period" && e.target.value !== "range") for (const day of $$("[data-range] input", form)) day.value = "";
}, true);

// Figures beside which orders change are asked for again, in a hidden window
// when it is looked at again.
let renewing;

function renewFigures() {
	if (document.hidden) return;
	renewing = undefined;
	for (const el of $$("[data-live]")) el.dispatchEvent(new Event("renew"));
}

document.addEventListener("order", () => { if ($("[data-live]")) renewing ??= setTimeout(renewFigures, 2000); });
document.addEventListener("visibilitychange", () => { if (renewing) renewFigures(); });
