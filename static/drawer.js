// The drawer shows an order over the list, so that the list keeps its place,
// its ticks and its scroll. Its address is the order's: a new tab, a reload and
// a browser without this file get the page of the order instead.

const $ = (selector, from = document) => from.querySelector(selector);

// The list under the drawer: its address, and the order whose row gets the
// focus back.
let list;

const shown = () => $("#drawer #order")?.dataset.order;

// Where the rows on the screen come from.
export const listHref = () => $("#drawer")?.open ? list.href : location.href;

function make() {
	const box = document.createElement("dialog");
	box.id = "drawer";
	box.className = "drawer";
	box.setAttribute("aria-labelledby", "drawer-title");
	box.addEventListener("close", closed);
	box.addEventListener("click", (e) => { if (e.target === box) box.close(); });
	document.body.append(box);
	return box;
}

// An order keeps in its address which list it belongs to.
function within(href) {
	const url = new URL(href);
	if (!url.searchParams.has("in")) url.searchParams.set("in", new URL(list.href).search.slice(1));
	return url.pathname + url.search;
}

async function show(address) {
	const box = $("#drawer") ?? make();
	const open = box.open;
	if (!open) list = { href: location.href };
	const href = within(address);
	await window.htmx.ajax("GET", href, { target: "#drawer", swap: "innerHTML", headers: { "X-Drawer": "1" } });
	if (!box.childElementCount || open !== box.open) return; // it failed, which was said, or was closed meanwhile
	if (open) {
		history.replaceState(history.state, "", href);
	} else {
		history.replaceState({ ...history.state, htmx: true }, "");
		history.pushState({ htmx: true, drawer: true }, "", href);
		box.showModal();
	}
	box.scrollTop = 0;
	$("#drawer-title")?.focus({ preventScroll: true });
}

// Closing goes back in history, and going back closes: each does the other, and
// neither loads the list again, which is still there.
let closing = false;

async function closed() {
	const order = shown();
	$("#drawer").replaceChildren();
	if (history.state?.drawer) {
		closing = true;
		history.back();
		await new Promise((done) => addEventListener("popstate", done, { once: true }));
	}
	await window.navigation?.transition?.finished; // the browser moves the focus until then
	// Whoever has gone on to something else, such as a menu, is left there.
	const at = document.activeElement;
	if (at && at !== document.body && !at.closest("#rows")) return;
	$(`#rows a[href="/orders/${order}"]`)?.focus({ preventScroll: true });
}

document.addEventListener("htmx:before:history:restore", (e) => {
	const open = $("#drawer")?.open;
	if (!closing && !open) return;
	const { pathname, search } = new URL(list.href);
	if (e.detail.path !== pathname + search) return;
	e.preventDefault();
	closing = false;
	if (open) $("#drawer").close();
});

document.addEventListener("click", (e) => {
	const link = e.target.closest?.("#rows th a, #drawer a[data-walk], #drawer a[data-again], #drawer .twins a, #drawer .others a");
	if (!link || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || !window.htmx) return;
	e.preventDefault();
	show(link.href);
});

// On an order, j and k go on to its neighbours.
document.addEventListener("keydown", (e) => {
	const way = { j: "next", k: "prev" }[e.key];
	if (!way || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.documentElement.dataset.keys === "off") return;
	if (e.target.closest("input, textarea, select, [contenteditable]")) return;
	const inside = $("#drawer")?.open ? "#drawer " : "main ";
	if (!$(`${inside}#order`)) return;
	e.stopImmediatePropagation();
	$(`${inside}a[data-walk=${way}]`)?.click();
}, true);

document.addEventListener("htmx:config:request", (e) => {
	const { sourceElement, request } = e.detail.ctx;
	if (sourceElement?.closest?.("#drawer")) request.headers["X-Drawer"] = "1";
});

// Two versions ask for a choice, wherever the button was that found them out.
document.addEventListener("htmx:after:swap", () => {
	const title = $("#conflict-title:not([data-shown])");
	if (!title) return;
	title.dataset.shown = "";
	setTimeout(() => title.focus()); // after the button has got its focus back
});

// --- what somebody is typing ------------------------------------------------

// An answer replaces the whole order. What was typed into its other forms is
// put back.
let typed = [];

const dirty = (f) => f.matches("select")
	? [...f.options].some((o) => o.selected !== o.defaultSelected) && f.value !== ([...f.options].find((o) => o.defaultSelected) ?? f.options[0])?.value
	: f.value !== f.defaultValue;

document.addEventListener("htmx:before:swap", (e) => {
	const { target, sourceElement } = e.detail.ctx;
	if (target?.id !== "order") return;
	const sent = sourceElement?.closest?.("form");
	const fields = target.querySelectorAll("input[id]:not([type=hidden], [type=radio], [type=checkbox]), textarea[id], select[id]");
	typed = [...fields].filter((f) => f.form !== sent && dirty(f)).map((f) => [f.id, f.value]);
});

document.addEventListener("htmx:after:swap", (e) => {
	if (e.detail.ctx?.target?.id !== "order") return;
	for (const [id, value] of typed) {
		const field = document.getElementById(id);
		if (!field) continue;
		field.value = value;
		const lid = field.closest("details");
		if (lid) lid.open = true;
	}
	typed = [];
	const id = shown();
	if (id) document.dispatchEvent(new CustomEvent("order", { detail: { data: JSON.stringify({ id, created: false }) } }));
});
