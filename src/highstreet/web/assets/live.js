// What the pages do beyond plain HTML: say that a list is being fetched, keep the address in step, speak up on failure.
(() => {
  "use strict";
  const list = () => document.getElementById("results");
  const say = (name) => {
    const status = document.getElementById("status");
    if (status) status.textContent = status.dataset[name];
  };
  const busy = (on) => list()?.setAttribute("aria-busy", String(on));

  document.addEventListener("htmx:before:request", () => {
    busy(true);
    say("loading");
  });
  document.addEventListener("htmx:finally:request", () => busy(false));
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.error?.name !== "AbortError") say("failed");
  });
  document.addEventListener("htmx:response:error", () => say("failed"));

  // With live filters there is nothing to apply by hand.
  document.documentElement.classList.add("live");
})();
