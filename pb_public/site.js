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

// Amounts show their groups while somebody types: 1250000 becomes 1.250.000. What
// holds anything but digits and groups stays as typed, for the server to judge.
for (const input of document.querySelectorAll("[data-grouping]")) {
  const sign = input.dataset.grouping;
  let own = false; // who writes the sign means something by it: 12.50 must not become 1.250
  input.addEventListener("input", (event) => {
    own = input.value.includes(sign) && (own || event.inputType === "insertFromPaste" || event.data?.includes(sign));
    const digits = input.value.replaceAll(sign, "");
    if (own || !/^\d+$/.test(digits)) return;
    const behind = input.value.slice(input.selectionStart).replaceAll(sign, "").length; // digits right of the caret
    input.value = digits.replace(/\B(?=(\d{3})+$)/g, sign);
    let caret = input.value.length;
    for (let left = behind; left > 0; caret--) if (input.value[caret - 1] !== sign) left--;
    input.setSelectionRange(caret, caret);
  });
}

// The second tap of an impatient thumb sends nothing; after five seconds it may
// mean something, as in a form whose answer is a download.
const sent = new WeakMap();
addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (Date.now() - (sent.get(event.target) ?? 0) < 5000) event.preventDefault();
  else if (!event.defaultPrevented) sent.set(event.target, Date.now());
});
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
