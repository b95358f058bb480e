// The camera at the till. Where the browser cannot read codes by itself, the field for typing is all there is.
"use strict";

(() => {
  const box = document.querySelector(".camera");
  const form = document.querySelector(".scan");
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const [button, video, said] = ["button", "video", "[role=status]"].map((each) => box.querySelector(each));
  const start = button.textContent;
  const LOOK_EVERY_MS = 150;
  let stream = null;
  box.hidden = false;

  function stop() {
    for (const track of stream ? stream.getTracks() : []) track.stop();
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    button.textContent = start;
    button.setAttribute("aria-pressed", "false");
  }

  async function look(detector) {
    if (!stream) return;
    const found = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
    if (!stream) return;
    if (!found.length) {
      setTimeout(look, LOOK_EVERY_MS, detector);
      return;
    }
    stop();
    form.elements.code.value = found[0].rawValue;
    form.requestSubmit();
  }

  async function begin() {
    said.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      button.textContent = button.dataset.stop;
      button.setAttribute("aria-pressed", "true");
      look(new window.BarcodeDetector({ formats: ["qr_code"] }));
    } catch {
      stop();
      said.textContent = box.dataset.denied;
    }
  }

  button.addEventListener("click", () => (stream ? stop() : begin()));
  addEventListener("pagehide", stop);
})();
