"use strict";
for (const compare of document.querySelectorAll(".compare")) {
  const divider = compare.querySelector("input"); // which the keyboard moves, and screen readers tell of
  const show = () => compare.style.setProperty("--at", `${divider.value}%`);
  const follow = (event) => {
    const { left, width } = compare.getBoundingClientRect();
    divider.value = (100 * (event.clientX - left)) / width;
    show();
  };
  divider.addEventListener("input", show);
  compare.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    compare.setPointerCapture(event.pointerId);
    divider.focus({ preventScroll: true });
    event.preventDefault(); // or the focus goes to where the pointer is
    follow(event);
  });
  compare.addEventListener("pointermove", (event) => {
    if (compare.hasPointerCapture(event.pointerId)) follow(event);
  });
  show(); // some browsers keep the value when a page is loaded again
}
