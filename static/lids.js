// Panels that most visits never open are not in the page: a lid holds a link to
// what lies under it instead, which is what browsers without this file follow.
// Here it is fetched when somebody reaches for the lid, and put in the link's
// place.

import { listHref } from "./drawer.js";

const asPart = { "HX-Request": "true", "HX-Request-Type": "partial" };

const linkOf = (lid) => lid.querySelector(":scope > a.panel");

async function fetchPart(address) {
	const answer = await fetch(address, { headers: asPart });
	if (!answer.ok || answer.redirected) throw new Error(answer.status);
	const box = document.createElement("template");
	box.innerHTML = await answer.text();
	return box.content;
}

// The lids of a form's filters share one address and are filled together.
// Fields that were carried hidden until now give way to those that are seen.
function fillAll(href, content) {
	const lids = [...document.querySelectorAll("#picks > details, #sorting")];
	const panels = [...content.querySelectorAll("details > .panel")];
	for (const [i, lid] of lids.entries()) {
		const link = linkOf(lid);
		if (link?.href !== href || !panels[i]) continue;
		link.replaceWith(panels[i]);
		for (const field of panels[i].querySelectorAll("[name]")) {
			for (const old of document.querySelectorAll(`input[type=hidden][name="${field.name}"]`)) if (old.form?.id === "filters") old.remove();
		}
	}
}

const coming = new Set();

async function fill(lid) {
	const link = linkOf(lid);
	if (!link || coming.has(link.href)) return;
	const { href } = link;
	coming.add(href);
	try {
		const content = await fetchPart(href);
		if (content.querySelector("details")) fillAll(href, content);
		else if (link.isConnected) link.replaceWith(content);
	} catch {
		link.classList.remove("without-js"); // the page behind it may come through
	}
	coming.delete(href);
}

document.addEventListener("toggle", (e) => { if (e.target.matches("details.menu[open]")) fill(e.target); }, true);

for (const lid of document.querySelectorAll("details.menu[open]")) fill(lid); // opened before this file was here

for (const on of ["pointerover", "focusin"]) {
	document.addEventListener(on, (e) => {
		const lid = e.target.closest("details.menu > summary")?.parentElement;
		if (lid) fill(lid);
	});
}

// What the ticked orders can be changed to is asked for with the first tick.
export async function offerChanges() {
	const box = document.querySelector("#bulk-change:not([data-asked])");
	if (!box) return;
	box.dataset.asked = "";
	try {
		box.replaceChildren(await fetchPart("/orders/bulk" + new URL(listHref()).search));
	} catch {
		// The button that is there asks on its own page.
	}
}
