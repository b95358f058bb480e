// Passkeys: asks the browser what the API asks, and hands back what it answers. Without it, other ways to sign in stand.
(() => {
  "use strict";
  const api = {
    sign_in: ["/api/v1/login/passkey/options", "/api/v1/login/passkey"],
    step_up: ["/api/v1/step-up/passkey/options", "/api/v1/step-up/passkey"],
    add: ["/api/v1/passkeys/options", "/api/v1/passkeys"],
  };
  const byAddress = /^[\d.]+$|:/.test(location.hostname); // a passkey belongs to a name, never to a number
  const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON && !byAddress;

  const send = async (address, csrf, body) => {
    const headers = { "content-type": "application/json", "x-csrf-token": csrf };
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    return told;
  };

  const run = async (box) => {
    const { passkey: does, csrf, onward } = box.dataset;
    const [ask, tell] = api[does];
    const { ticket, options } = await send(ask, csrf);
    const adding = does === "add";
    const parse = adding ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    const publicKey = PublicKeyCredential[parse](options);
    const credential = await navigator.credentials[adding ? "create" : "get"]({ publicKey });
    const name = adding ? { name: box.querySelector("input").value } : {};
    const told = await send(tell, csrf, { ticket, credential: credential.toJSON(), ...name });
    const list = box.querySelector(".codes");
    if (!told.recovery_codes?.length) {
      location.assign(onward);
      return;
    }
    for (const code of told.recovery_codes) list.appendChild(document.createElement("li")).textContent = code;
    list.parentElement.hidden = false;
    list.parentElement.scrollIntoView({ block: "nearest" });
  };

  for (const box of able ? document.querySelectorAll("[data-passkey]") : []) {
    const button = box.querySelector("button");
    const said = box.querySelector(".passkey-said");
    box.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      said.textContent = "";
      try {
        await run(box);
      } catch (problem) {
        said.textContent = problem instanceof DOMException ? box.dataset.failed : problem.message;
      } finally {
        button.disabled = false;
      }
    });
  }
})();
