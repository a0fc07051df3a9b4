// The pages that are made for paper print themselves when asked to.
for (const b of document.querySelectorAll("[data-print]")) {
	b.hidden = false;
	b.addEventListener("click", () => print());
}
for (const p of document.querySelectorAll(".by-hand")) p.hidden = true;
