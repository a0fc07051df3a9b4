// The pages work without this file. It adds what HTML cannot: closing panels,
// keyboard shortcuts, the live line, messages about failed requests. Every
// listener is delegated, so swapped-in content needs no setup.

import { listHref } from "./drawer.js";
import { offerChanges } from "./lids.js";

const root = document.documentElement;
const $ = (selector, from = document) => selector ? from.querySelector(selector) : null;
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

const element = (name, properties) => Object.assign(document.createElement(name), properties);

root.classList.add("js");

htmx.config.defaultTimeout = 20_000;

document.body.append(element("div", { id: "bar", className: "bar", ariaHidden: "true" }));

const partial = { "HX-Request": "true", "HX-Request-Type": "partial" }; // as htmx asks

// Going back twice quickly can change the address while this page still loads,
// before htmx listens: it would show one list under the address of another.
document.addEventListener("DOMContentLoaded", () => setTimeout(() => {
	const loaded = performance.getEntriesByType("navigation")[0]?.name;
	if (loaded && loaded.split("#")[0] !== location.href.split("#")[0]) location.reload();
}));

// --- panels -----------------------------------------------------------------

const panels = () => $$("details.menu[open]");

document.addEventListener("click", (e) => {
	for (const d of panels()) if (!d.contains(e.target)) d.open = false;
});

document.addEventListener("focusin", (e) => {
	// Pressing the mouse on a label focuses what lies around the panel.
	for (const d of panels()) if (!d.contains(e.target) && !e.target.contains(d)) d.open = false;
});

function closePanel() {
	const open = panels().at(-1);
	if (!open) return false;
	open.open = false;
	$("summary", open).focus();
	return true;
}

// --- filters ----------------------------------------------------------------

function markUsed() {
	for (const d of $$("details.pick")) {
		const used = $$("input", d).some((i) => (i.type === "checkbox" ? i.checked : i.value));
		d.toggleAttribute("data-used", used);
	}
}

document.addEventListener("change", (e) => {
	if (e.target.closest("details.pick")) markUsed();
});

document.addEventListener("click", (e) => {
	const preset = e.target.closest("button[data-from]");
	if (!preset) return;
	$("#from").value = preset.dataset.from;
	$("#to").value = preset.dataset.to;
	$("#to").dispatchEvent(new Event("change", { bubbles: true }));
});

// --- rows -------------------------------------------------------------------

const rowLinks = () => $$("#rows th a");

document.addEventListener("click", (e) => {
	const row = e.target.closest("#rows > tr");
	if (!row || e.defaultPrevented || e.target.closest("a, button, input, label")) return;
	if (String(getSelection())) return; // somebody is copying a value
	const link = $("th a", row);
	if (e.metaKey || e.ctrlKey) open(link.href, "_blank", "noopener");
	else link.click();
});

function step(by) {
	const links = rowLinks();
	if (!links.length) return;
	const at = links.indexOf(document.activeElement);
	const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by));
	links[next].focus();
	links[next].closest("tr").scrollIntoView({ block: "nearest" });
}

// --- ticks --------------------------------------------------------------------

const ticks = () => $$("#rows input[name=order]");
let lastTick; // where a range begins

function showTicks() {
	const all = ticks();
	const n = all.filter((t) => t.checked).length;
	const head = $("#tick-all");
	if (!head) return;
	head.checked = n > 0 && n === all.length;
	head.indeterminate = n > 0 && n < all.length;
	if (n) offerChanges();
	const whole = $("#bulk-all");
	const text = whole.checked ? whole.parentElement.textContent.trim() : `${n} selected`;
	if ($("#bulk-count").textContent !== text) $("#bulk-count").textContent = text;
}

document.addEventListener("click", (e) => {
	if (!e.target.matches?.("#rows input[name=order]")) return;
	const all = ticks();
	const [from, to] = [all.indexOf(lastTick), all.indexOf(e.target)].sort((a, b) => a - b);
	if (e.shiftKey && from >= 0) for (const t of all.slice(from, to + 1)) t.checked = e.target.checked;
	lastTick = e.target;
	showTicks();
});

document.addEventListener("change", (e) => {
	if (e.target.matches("#tick-all")) for (const t of ticks()) t.checked = e.target.checked;
	if (e.target.matches("#tick-all, #rows input[name=order], #bulk-all")) showTicks();
});

document.addEventListener("reset", (e) => { if (e.target.matches("#bulk")) setTimeout(showTicks); });

document.addEventListener("htmx:after:swap", () => { if ($("#bulk")) showTicks(); });

if ($("#bulk")) showTicks(); // somebody was quicker than this file

// --- keyboard ---------------------------------------------------------------

const help = {
	"Ctrl K": "Go to an order, view, page or action", "/": "Search orders", j: "Next row", k: "Previous row",
	x: "Tick the row", b: "To what to do with the ticked rows", Enter: "Open the row", e: "Edit the order", u: "Back to the list", "?": "This help", Esc: "Close",
};

const actions = {
	"/": () => { const q = $("#q"); if (q) { q.focus(); q.select(); } return q; },
	"?": toggleHelp,
	j: () => { step(1); return $("#rows"); },
	k: () => { step(-1); return $("#rows"); },
	x: () => { const box = $("input[type=checkbox]", focusedRow()); box?.click(); return box; },
	b: () => { const bar = $("#bulk select, #bulk button"); if (bar?.checkVisibility()) bar.focus(); return bar?.checkVisibility(); },
	e: () => { const link = $("th a", focusedRow()) ?? editor(); link?.matches("a") ? edit(link) : link?.focus(); return link; },
	u: () => { const back = $("[data-back]"); back?.click(); return back; },
};

const focusedRow = () => document.activeElement.closest("#rows > tr") ?? element("i");

// Where editing begins on an order's page.
const editor = () => $("[data-edit], #status-form :is(input, select, button)");

// e on a row opens the order and goes on to where it is edited.
let editing = false;

function edit(link) {
	editing = true;
	link.click();
}

document.addEventListener("htmx:after:swap", () => {
	if (editing && editor()) {
		editing = false;
		editor().focus();
	}
});

document.addEventListener("keydown", (e) => {
	if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k" && $("#go")) {
		e.preventDefault();
		$("#go").click();
		return;
	}
	if (e.key === "Escape" && closePanel()) return e.preventDefault();
	if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || root.dataset.keys === "off") return;
	if (e.target.closest("input, textarea, select, [contenteditable]")) return;
	if (Object.hasOwn(actions, e.key) && actions[e.key]()) e.preventDefault();
});

// The help is about this file's keys, so this file makes it.
function helpDialog() {
	const box = element("div", { id: "shortcuts", className: "dialog", popover: "auto" });
	box.setAttribute("role", "dialog");
	box.setAttribute("aria-labelledby", "shortcuts-title");
	const list = element("dl", { className: "keys" });
	for (const [key, what] of Object.entries(help)) {
		const line = element("div");
		const dd = element("dd");
		dd.append(element("kbd", { textContent: key }));
		line.append(element("dt", { textContent: what }), dd);
		list.append(line);
	}
	const note = element("label", { className: "check" });
	const on = element("input", { type: "checkbox", checked: root.dataset.keys !== "off" });
	on.addEventListener("change", () => {
		root.dataset.keys = on.checked ? "" : "off";
		prefer({ keys: root.dataset.keys });
	});
	note.append(on, "Single keys work");
	box.append(element("h2", { id: "shortcuts-title", textContent: "Keyboard shortcuts" }), list, note, button("Close", () => box.hidePopover()));
	document.body.append(box);
	return box;
}

function toggleHelp() {
	($("#shortcuts") ?? helpDialog()).togglePopover();
	return true;
}

document.addEventListener("click", (e) => { if (e.target.closest("[data-help]")) toggleHelp(); });

// Going back in history keeps the list's scroll position; the link is for
// those who came from elsewhere.
document.addEventListener("click", (e) => {
	const back = e.target.closest("[data-back]");
	if (!back || e.metaKey || e.ctrlKey || e.shiftKey) return;
	const from = document.referrer && new URL(document.referrer);
	if (from && from.origin === location.origin && from.pathname === "/orders" && history.length > 1) {
		e.preventDefault();
		history.back();
	}
});

// --- choosing from a list while typing ----------------------------------------

// An input with role=combobox works on the options of the list it names.
// The search box becomes one here, since only this file gives it a list.
function completes() {
	const q = $("#q:not([role])");
	if (!q) return;
	for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": "suggest", "aria-expanded": "false", "aria-autocomplete": "list" })) q.setAttribute(name, value);
	const list = element("div", { id: "suggest", className: "suggest", role: "listbox", ariaLabel: "Ways to go on" });
	q.parentElement.append(list);
}

completes();
document.addEventListener("htmx:after:swap", completes);

// The suggestions are asked for a moment after the last key.
let asking;

function suggest(q) {
	clearTimeout(asking);
	asking = setTimeout(async () => {
		const address = "/orders/suggest?" + new URLSearchParams({ q: q.value, at: q.selectionStart });
		try {
			const answer = await fetch(address, { headers: partial });
			const text = answer.ok ? await answer.text() : "";
			if (document.activeElement !== q) return;
			listOf(q).innerHTML = text;
			q.setAttribute("aria-expanded", String(text !== ""));
			mark(q);
		} catch {
			// One can write on without.
		}
	}, 80);
}

const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const optionsOf = (input) => $$("[role=option]:not([aria-disabled])", listOf(input));

function mark(input, option) {
	for (const o of optionsOf(input)) o.setAttribute("aria-selected", String(o === option));
	if (option) input.setAttribute("aria-activedescendant", option.id);
	else input.removeAttribute("aria-activedescendant");
	option?.scrollIntoView({ block: "nearest" });
}

const marked = (input) => optionsOf(input).find((o) => o.getAttribute("aria-selected") === "true");

function dropList() {
	const q = $("#q");
	if (!q) return;
	listOf(q).replaceChildren();
	q.setAttribute("aria-expanded", "false");
	mark(q);
}

function take(option) {
	const { from, to, text } = option.dataset;
	const q = $("#q");
	const rest = q.value.slice(to);
	q.setRangeText(text + (text.endsWith(":") || rest.startsWith(" ") ? "" : " "), from, to, "end");
	q.focus();
	q.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("keydown", (e) => {
	const input = e.target;
	if (!input.matches?.("[role=combobox]") || e.isComposing) return;
	const options = optionsOf(input);
	const now = marked(input);
	const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
	if (step) {
		e.preventDefault();
		if (!options.length) suggest(input);
		else mark(input, options.at((options.indexOf(now) + (now || step > 0 ? step : 0)) % options.length));
	} else if (e.key === "Enter" && (now || input.id === "palette-q")) {
		e.preventDefault();
		(now ?? options[0])?.click();
	} else if (e.key === "Escape" && input.id === "q" && options.length) {
		e.preventDefault();
		dropList();
	}
});

document.addEventListener("click", (e) => {
	const option = e.target.closest("[data-text]");
	if (option) take(option);
	else if (!e.target.closest(".search")) dropList();
});

// The list goes when the search is left or sent.
document.addEventListener("input", (e) => { if (e.target.id === "q") suggest(e.target); });

document.addEventListener("focusout", (e) => { if (e.target.id === "q" && e.relatedTarget) dropList(); });

document.addEventListener("submit", (e) => {
	if (e.target.id === "filters") dropList();
	if (e.target.closest("#palette")) e.preventDefault(); // Enter has gone where it leads
});

document.addEventListener("htmx:after:swap", () => {
	const dialog = $("#dialogs > dialog[data-modal]:not([open])");
	if (!dialog) return;
	dialog.addEventListener("close", () => dialog.remove());
	dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
	dialog.showModal();
});

// --- preferences ------------------------------------------------------------

async function prefer(choice) {
	try {
		const answer = await fetch("/account", { method: "POST", keepalive: true, body: new URLSearchParams(choice) });
		if (!answer.ok) throw new Error(answer.status);
	} catch {
		toast("danger", "This choice could not be saved.");
	}
}

// The way anywhere, and the choice of columns, open over the page.
document.addEventListener("click", (e) => {
	const link = e.target.closest("#go, #columns-open");
	if (!link || e.metaKey || e.ctrlKey || e.shiftKey) return;
	e.preventDefault();
	if (!$("#dialogs > dialog")) htmx.ajax("GET", link.href, { target: "#dialogs", swap: "innerHTML" });
});

// --- messages ---------------------------------------------------------------

const lifetime = 10_000;

function toast(tone, text, retry) {
	const box = element("div", { className: `toast t-${tone}` });
	box.dataset.toast = tone;
	box.setAttribute("role", tone === "danger" ? "alert" : "status");
	box.append(element("span", { textContent: text }));
	if (retry) box.append(button("Try again", () => { box.remove(); retry(); }));
	box.append(button("Dismiss", () => box.remove()));
	const same = $$("#toasts > .toast").find((t) => t.firstChild.textContent === text);
	same?.remove();
	$("#toasts").append(box);
	armToasts();
}

function button(label, act) {
	const b = element("button", { type: "button", className: "button small", textContent: label });
	b.addEventListener("click", act);
	return b;
}

// Errors stay until they are dismissed; the clock stops while one reads.
function expire(box) {
	if (box.dataset.toast === "danger" || box.dataset.toast === "warning") return;
	let timer;
	const start = () => { timer = setTimeout(() => box.remove(), lifetime); };
	const stop = () => clearTimeout(timer);
	for (const on of ["pointerenter", "focusin"]) box.addEventListener(on, stop);
	for (const on of ["pointerleave", "focusout"]) box.addEventListener(on, start);
	start();
}

// Toasts that came with a page or an answer run out as ours do.
function armToasts() {
	for (const box of $$("#toasts > .toast:not([data-armed])")) {
		box.dataset.armed = "";
		expire(box);
	}
}

armToasts();
document.addEventListener("htmx:after:swap", armToasts);

document.addEventListener("click", (e) => e.target.closest("[data-dismiss]")?.closest(".toast").remove());

document.addEventListener("htmx:response:error", (e) => {
	const { response, request, sourceElement } = e.detail.ctx;
	if (!response || response.status < 500) return;
	if (sourceElement?.matches?.("[hx-trigger*=every]")) return; // it will ask again
	const id = response.headers?.get("X-Request-Id");
	const again = request?.method?.toUpperCase() === "GET" ? () => sourceElement.click?.() : null;
	toast("danger", `The server could not do this. Nothing was changed.${id ? ` Request ${id}` : ""}`, sourceElement?.matches?.("a") ? again : null);
});

document.addEventListener("htmx:error", (e) => {
	if (e.detail.ctx?.sourceElement?.id === "live" || e.detail.error?.name === "AbortError") return;
	toast("danger", "Network problem: the server could not be reached.");
});

// --- copying ----------------------------------------------------------------

document.addEventListener("click", async (e) => {
	const from = e.target.closest("[data-copy]");
	if (!from) return;
	const box = document.getElementById(from.dataset.copy);
	box.select();
	try {
		await navigator.clipboard.writeText(box.value);
		toast("success", "Copied.");
	} catch {
		toast("info", "It is selected; copy it with the keyboard.");
	}
});

// --- focus ------------------------------------------------------------------

const landings = { results: "#results [data-focus-fallback]", order: "#order :is(h1, h2)", conflict: "#conflict-title", hooks: "#hooks-title", fetch: "#order" };

// If what was clicked is gone, focus would fall to the top of the page.
document.addEventListener("htmx:after:swap", (e) => {
	const swapped = e.detail.ctx?.target?.id;
	if (swapped === "results") {
		fresh.clear(); // the list has just been read anew
		showFresh();
	}
	if (document.activeElement && document.activeElement !== document.body) return;
	$(landings[swapped])?.focus({ preventScroll: swapped !== "conflict" });
});

// --- saved views -------------------------------------------------------------

// The list may have become one of the views, or be one no more.
function markView() {
	const key = (search) => {
		const p = new URLSearchParams(search);
		for (const name of ["page", "after", "before", "limit"]) p.delete(name);
		return p.toString();
	};
	const shown = new URL(listHref());
	if (shown.pathname !== "/orders") return;
	let on = false;
	for (const a of $$("#views a[href^='/orders']")) {
		const here = key(a.search) === key(shown.search);
		a.toggleAttribute("aria-current", here);
		if (here) a.setAttribute("aria-current", "page");
		on ||= here;
	}
	const all = $(".side nav a[href='/orders']");
	if (on) all?.removeAttribute("aria-current");
	else all?.setAttribute("aria-current", "page");
}

document.addEventListener("htmx:after:swap", () => setTimeout(markView));

// A count stands for two seconds on the server, so one asks a little later.
let recounting;

function recount() {
	recounting = undefined;
	$("#views")?.dispatchEvent(new Event("recount"));
}

// --- live -------------------------------------------------------------------

// The stream names what changed; the page decides what that means for it.
const fresh = new Set();

function showFresh() {
	const line = $("#new-orders");
	if (!line) return;
	line.hidden = fresh.size === 0;
	$("span", line).textContent = fresh.size === 1 ? "1 new order" : `${fresh.size} new orders`;
}

const rowOf = (id, from = document) => $(`#rows th a[href="/orders/${CSS.escape(id)}"]`, from)?.closest("tr");

// What the page would be now, asked for as htmx asks.
async function newest(address = location.href) {
	const answer = await fetch(address, { headers: partial });
	if (!answer.ok) throw new Error(answer.status);
	const content = element("template");
	content.innerHTML = await answer.text();
	return content.content;
}

// Rows that changed are renewed where they stand, with their tick and the focus
// in them; new ones wait for the button, so that nothing moves under the
// pointer.
const changed = new Set();
let pending;

function renewRow(old, row) {
	const at = old.contains(document.activeElement) && document.activeElement;
	const place = at && $$("a, input, button", old).indexOf(at);
	const [was, is] = [old, row].map((r) => $("input[type=checkbox]", r));
	if (was && is) is.checked = was.checked;
	row.classList.add("renewed");
	old.replaceWith(row);
	if (at) $$("a, input, button", row)[place]?.focus({ preventScroll: true });
}

async function renewRows() {
	pending = undefined;
	const ids = [...changed];
	changed.clear();
	if (!$("#results")) return;
	try {
		const page = await newest(listHref());
		for (const id of ids) {
			const old = rowOf(id);
			const row = rowOf(id, page);
			if (!old && row) fresh.add(id);
			if (old && !row) { // it fell out of the filter, or off the page
				old.classList.add("stale");
				old.title = "This order has changed. Load the list again to see it.";
			}
			if (old && row) renewRow(old, row);
		}
		showFresh();
	} catch {
		// The next event or the next visit shows it.
	}
}

async function checkOrder(shown) {
	try {
		const now = (await newest()).querySelector("#order");
		if (now && shown.isConnected && Number(now.dataset.version) > Number(shown.dataset.version)) $("#order-changed").hidden = false;
	} catch {
		// Saving would tell.
	}
}

document.addEventListener("order", (e) => {
	let change;
	try {
		change = JSON.parse(e.detail.data);
	} catch {
		return; // not a message of ours
	}
	changed.add(change.id);
	pending ??= setTimeout(renewRows, 1000);
	recounting ??= setTimeout(recount, 2500);
	const shown = $("#order");
	if (shown?.dataset.order === change.id) checkOrder(shown);
});

function live(on) {
	const line = $("#live");
	if (!line) return;
	line.hidden = false;
	line.dataset.state = on ? "on" : "off";
	line.firstElementChild.textContent = on ? "Live" : "Reconnecting …";
	if (!on) offerSignIn(line);
}

// A stream that ends with the session would be tried in vain for ever.
let asks = false;

async function offerSignIn(line) {
	if (asks) return;
	asks = true;
	try {
		const answer = await fetch("/views/counts", { headers: { ...partial, "HX-Current-URL": location.href } });
		const to = answer.status === 401 && answer.headers.get("HX-Redirect");
		if (to) line.firstElementChild.replaceChildren("Signed out. ", element("a", { href: to, textContent: "Sign in" }));
	} catch {
		// The server is away; the stream tries again.
	}
	asks = false;
}

document.addEventListener("htmx:sse:after:connection", (e) => { if (e.target.id === "live") live(true); });
document.addEventListener("htmx:sse:error", (e) => { if (e.target.id === "live") live(false); });
