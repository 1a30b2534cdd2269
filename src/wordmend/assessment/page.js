"use strict";
(() => {
  const list = document.getElementById("pictures");
  const cards = [...list.children];
  const field = (id) => document.getElementById(id);
  const controls = ["look", "part", "only", "name"].map(field);
  const value = (card, key) => Number(card.getAttribute(`data-${key}`) || "Infinity");

  function show() {
    const [look, part, only, name] = controls;
    const key = `${look.value}-${part.value}`;
    const wanted = name.value.trim().toLowerCase();
    let shown = 0;
    for (const card of cards) {
      const dimension = look.value === "overall" ? card.dataset.dimension : look.value;
      for (const map of card.querySelectorAll(".map")) map.hidden = map.dataset.dimension !== dimension;
      for (const row of card.querySelectorAll("tr[data-dimension]")) {
        row.classList.toggle("chosen", row.dataset.dimension === dimension);
      }
      const fits = card.dataset.name.toLowerCase().includes(wanted);
      card.hidden = !fits || (only.checked && !(value(card, key) < Number(only.value)));
      shown += card.hidden ? 0 : 1;
    }
    list.append(...[...cards].sort((a, b) => value(a, key) - value(b, key)));
    field("status").textContent = `${shown} of ${cards.length} pictures are shown.`;
  }

  for (const control of controls) control.addEventListener("input", show);
  field("heat").addEventListener("input", (event) => list.classList.toggle("plain", !event.target.checked));
  field("controls").hidden = false;
  show();
})();
