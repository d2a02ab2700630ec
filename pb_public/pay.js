// The payment screen follows its payment by itself: it asks how it stands every
// few seconds, at once when the network or the tab comes back, and seldom while
// a stream of events would tell it anyway.
import { listen, refresh } from "./live.js";

const screen = document.querySelector("[data-pay]");
const { poll, watch } = screen.dataset;
let streaming = false;
let timer;
let asking = false;

const shown = () => document.querySelector("[data-pay]");
const pause = () => (document.hidden ? 15_000 : streaming ? 20_000 : 3_000);
const over = () => ["paid", "cancelled"].includes(shown().dataset.state);

function offline(yes) {
  const banner = document.querySelector("[data-offline]");
  if (banner) banner.hidden = !yes;
}

async function look() {
  clearTimeout(timer);
  if (asking || over()) return;
  asking = true;
  try {
    const answer = await fetch(poll, { headers: { Accept: "application/json" }, cache: "no-store" });
    offline(false);
    if (answer.status === 401 || answer.status === 410) return location.reload();
    if (answer.ok) await compare(await answer.json());
  } catch {
    offline(!navigator.onLine);
  } finally {
    asking = false;
    clearTimeout(timer);
    if (!over()) timer = setTimeout(look, pause());
  }
}

// compare shows the page anew when the server knows more than it does.
async function compare(standing) {
  const { state, order } = shown().dataset;
  const now = standing.payment?.order_id ?? "";
  if (standing.state === state && now === order) return;
  if (state === "silent" && standing.state === "none") return;
  if (standing.state === "none") return;
  if (standing.state === "waiting") return location.reload(); // another code, with its own countdown
  await refresh();
  document.querySelector("h1").focus();
  if (standing.state === "paid" && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(30); // else refused, with a complaint
}

// The last minutes are said aloud, once each.
function announce() {
  const clock = document.querySelector("[data-countdown]");
  const place = document.querySelector("[data-announce]");
  if (!clock || !place) return;
  const end = Date.parse(clock.dataset.end);
  const skew = Date.parse(clock.dataset.now) - Date.now();
  const left = () => (end - Date.now() - skew) / 1000;
  const said = new Set();
  const tick = setInterval(() => {
    if (!clock.isConnected) return clearInterval(tick);
    for (const [seconds, text] of [[300, place.dataset.five], [60, place.dataset.one]]) {
      if (left() <= seconds && left() > seconds - 10 && !said.has(seconds)) {
        said.add(seconds);
        place.textContent = text;
      }
    }
    clock.toggleAttribute("data-soon", left() < 300);
  }, 1000);
  clock.addEventListener("ended", () => setTimeout(look, 500));
}

// Phones pass the picture on to the bank's app; elsewhere the link downloads it.
function share() {
  const link = document.querySelector("[data-share]");
  if (!link || !matchMedia("(pointer: coarse)").matches || !navigator.canShare) return;
  link.addEventListener("click", async (event) => {
    const file = (blob) => new File([blob], link.download, { type: "image/png" });
    if (!navigator.canShare({ files: [file(new Blob())] })) return;
    event.preventDefault();
    try {
      const picture = await (await fetch(link.href)).blob();
      await navigator.share({ files: [file(picture)] });
    } catch (error) {
      if (error.name !== "AbortError") location.href = link.href;
    }
  });
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
addEventListener("online", look);
addEventListener("offline", () => offline(true));
if (watch && !over()) listen([watch], look, (up) => { streaming = up; });
announce();
share();
timer = setTimeout(look, pause());
