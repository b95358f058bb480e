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

  // Each live answer is an entry of the browser's history, and going back to one asks the server for it anew.
  document.addEventListener("htmx:after:swap", (event) => {
    const address = event.detail.ctx.response?.headers.get("hx-push-url");
    if (!address || address === location.pathname + location.search) return;
    history.replaceState({ live: true }, "");
    history.pushState({ live: true }, "", address);
  });
  addEventListener("popstate", (event) => {
    if (event.state?.live) location.reload();
  });

  // Where scripts run, the style sheet hides the button that applies filters by hand; without htmx it is needed.
  if (!window.htmx) document.documentElement.classList.add("plain");
})();
