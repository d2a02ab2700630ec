// What components do beyond HTML: copying, and time that is left. Pages work
// without it.

for (const button of document.querySelectorAll("[data-action=copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.value);
    button.setAttribute("aria-live", "polite");
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => { label.textContent = before; }, 1500);
  });
}

// Counts by the server's clock: the visitor's may be wrong.
for (const element of document.querySelectorAll("[data-countdown]")) {
  const end = Date.parse(element.dataset.end);
  const skew = Date.parse(element.dataset.now) - Date.now();
  const left = element.querySelector("[data-left]");
  const tick = () => {
    const seconds = Math.max(0, Math.round((end - Date.now() - skew) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds === 0) {
      clearInterval(timer);
      element.dispatchEvent(new CustomEvent("ended", { bubbles: true }));
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
}
