// The search form: suggestions while somebody types, and searching near one's own position when its button is pressed.
(() => {
  "use strict";
  const form = document.querySelector("form.find");
  if (!form) return;
  const words = form.elements.q;
  const near = form.elements.near;
  const pages = form.getAttribute("action").replace(/\/search$/, "");
  const PAUSE_MS = 150;
  const PATIENCE_MS = 10000;
  const LEAST_LETTERS = 2;

  // What a search goes out from, as long as the field of the place is as the page came: a place or a position.
  const centre = () => {
    const around = {};
    if (near.value !== near.defaultValue) return around;
    if (form.elements.at) around.place = form.elements.at.value;
    if (form.elements.lat) Object.assign(around, { lat: form.elements.lat.value, lng: form.elements.lng.value });
    return around;
  };
  const search = (asked) => `${pages}/search?${new URLSearchParams(asked)}`;

  suggest(document.getElementById("find-list"), document.getElementById("find-status"));
  for (const box of document.querySelectorAll("[data-near]")) searchNearMe(box);
  searchPanel(form.querySelector(".find-near"));

  // A combobox with a list, as the ARIA Authoring Practices describe it: the focus stays in the field.
  function suggest(list, status) {
    const KINDS = {
      queries: (text) => ({ text, go: () => search({ q: text, ...centre() }) }),
      categories: (each) => ({ text: each.name, go: () => category(each.slug) }),
      places: (each) => ({ text: each.name, go: () => `${pages}/places/${encodeURIComponent(each.slug)}` }),
      merchants: (each) => ({ text: each.name, go: () => search({ q: each.name, ...centre() }) }),
      deals: (each) => ({ text: each.title, more: each.merchant, go: () => new URL(each.url).pathname }),
    };
    const category = (slug) => {
      const { place, ...point } = centre();
      if (point.lat) return search({ category: slug, ...point });
      return place ? `${pages}/places/${place}/${slug}` : `${pages}/categories/${slug}`;
    };
    let options = [];
    let active = -1;
    let timer = 0;
    let asking = null;

    // A field of type `search` may not be a combobox.
    words.type = "text";
    words.enterKeyHint = "search";
    words.autocomplete = "off";
    const stated = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
    for (const [name, value] of Object.entries(stated)) words.setAttribute(name, value);

    const element = (tag, className, text) => {
      const made = document.createElement(tag);
      made.className = className;
      if (text) made.textContent = text;
      return made;
    };
    const mark = (number) => {
      options[active]?.box.setAttribute("aria-selected", "false");
      active = number;
      const box = options[active]?.box;
      if (!box) return words.removeAttribute("aria-activedescendant");
      box.setAttribute("aria-selected", "true");
      box.scrollIntoView({ block: "nearest" });
      words.setAttribute("aria-activedescendant", box.id);
    };
    const show = (on) => {
      list.hidden = !on;
      words.setAttribute("aria-expanded", String(on));
      if (!on) mark(-1);
    };
    const forget = () => {
      clearTimeout(timer);
      asking?.abort();
      options = [];
      list.replaceChildren();
      status.textContent = "";
      show(false);
    };
    const choose = (option) => {
      show(false);
      location.assign(option.go());
    };
    const row = (option, number) => {
      const box = element("div", "hint");
      box.id = `find-hint-${number}`;
      box.setAttribute("role", "option");
      box.setAttribute("aria-selected", "false");
      for (const [className, text] of [["hint-text", option.text], ["hint-more", option.more]]) {
        if (!text) continue;
        const part = element("span", className, text);
        part.dir = "auto";
        box.append(part);
      }
      box.addEventListener("click", () => choose(option));
      return Object.assign(option, { box });
    };
    const fill = (found) => {
      options = [];
      mark(-1);
      const groups = [];
      for (const [kind, read] of Object.entries(KINDS)) {
        if (!found[kind]?.length) continue;
        const group = element("div", "hints");
        const sign = element("div", "sign-s", list.dataset[kind]);
        sign.id = `find-${kind}`;
        group.setAttribute("role", "group");
        group.setAttribute("aria-labelledby", sign.id);
        group.append(sign);
        for (const each of found[kind]) {
          options.push(row(read(each), options.length));
          group.append(options.at(-1).box);
        }
        groups.push(group);
      }
      list.replaceChildren(...groups);
      show(options.length > 0 && document.activeElement === words);
      status.textContent = options.length ? `${list.dataset.count} ${options.length}` : "";
    };
    const ask = async () => {
      const typed = words.value.trim();
      asking = new AbortController();
      const { signal } = asking;
      const asked = { q: typed, lang: document.documentElement.lang, limit: "3", ...centre() };
      try {
        const answer = await fetch(`/api/v1/suggestions?${new URLSearchParams(asked)}`, { signal });
        const found = answer.ok ? await answer.json() : {};
        if (!signal.aborted) fill(found);
      } catch {
        if (!signal.aborted) forget(); // suggestions are a courtesy: without them the form works as it does without us
      }
    };

    words.addEventListener("input", (event) => {
      clearTimeout(timer);
      asking?.abort();
      if (event.isComposing) return;
      if ((words.value.match(/[\p{L}\p{N}]/gu) ?? []).length < LEAST_LETTERS) forget();
      else timer = setTimeout(ask, PAUSE_MS);
    });
    words.addEventListener("compositionend", () => words.dispatchEvent(new Event("input")));
    words.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const open = !list.hidden;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && options.length) {
        event.preventDefault();
        if (!open) show(true);
        // One place more than there are options: the field itself.
        const places = options.length + 1;
        mark(((active + 1 + step + places) % places) - 1);
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        show(false);
      } else if (event.key === "Enter" && open && active >= 0) {
        event.preventDefault();
        choose(options[active]);
      }
    });
    words.addEventListener("blur", () => show(false));
    form.addEventListener("submit", forget);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
    addEventListener("pageshow", (event) => event.persisted && forget());
  }

  // The browser is asked for the position only when the button is pressed, and only this one request carries it.
  function searchNearMe(box) {
    if (!navigator.geolocation || !window.isSecureContext) {
      box.hidden = true;
      return;
    }
    const button = box.querySelector("button");
    const status = box.querySelector("[role=status]");
    const failures = { 1: "denied", 2: "unavailable", 3: "timeout" };
    const ready = (said) => {
      button.removeAttribute("aria-disabled");
      status.textContent = said ? status.dataset[said] : "";
    };
    const found = ({ coords }) => {
      ready();
      const point = { lat: coords.latitude.toFixed(3), lng: coords.longitude.toFixed(3) };
      const text = words.value.trim();
      location.assign(search(text ? { q: text, ...point } : point));
    };
    const failed = (error) => ready(failures[error.code] ?? "unavailable");
    button.addEventListener("click", () => {
      if (button.hasAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      status.textContent = status.dataset.waiting;
      navigator.geolocation.getCurrentPosition(found, failed, { timeout: PATIENCE_MS, maximumAge: 60000 });
    });
  }

  // Below the field of the place, while the focus is there.
  function searchPanel(field) {
    const panel = field.querySelector(".find-panel");
    const show = (on) => {
      panel.hidden = !on || panel.querySelector("[data-near]").hidden;
    };
    field.addEventListener("focusin", () => show(true));
    field.addEventListener("focusout", (event) => field.contains(event.relatedTarget) || show(false));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      near.focus();
      show(false);
    });
    near.addEventListener("input", () => show(false));
    // A press beside the button, on the text of the panel, does not close it.
    panel.addEventListener("mousedown", (event) => event.target.closest("button") || event.preventDefault());
  }
})();
