// What the form as it stands would have done in the last 90 days: asked by a button, and anew as its slider is moved.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector("[data-look-back-at]");
  if (!box) return;
  const panel = box.closest("[data-form]");
  const form = document.getElementById(panel.dataset.form);
  const button = box.querySelector("button");
  const answer = box.querySelector("[data-look-back]");
  const failed = box.querySelector("[data-look-back-failed]");
  const waiting = box.querySelector("[data-look-back-waits]");
  const old = box.querySelector("[data-look-back-old]");
  let asked, waits, bySlider;
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    button.disabled = true;
    waiting.hidden = Boolean(answer.textContent);
    answer.setAttribute("aria-busy", "true");
    const options = "isLive" in panel.dataset ? { method: "POST", body: new FormData(form) } : {};
    try {
      const response = await fetch(box.dataset.lookBackAt, { signal: asked.signal, ...options });
      failed.hidden = response.ok;
      if (response.ok) {
        const hadFocus = document.activeElement?.matches("[data-sets]");
        answer.innerHTML = await response.text();
        old.hidden = true;
        const slider = answer.querySelector("[data-sets]");
        if (slider && !("isLive" in panel.dataset)) slider.closest("p").remove();
        else if (hadFocus) slider?.focus();
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      failed.hidden = false;
    }
    waiting.hidden = true;
    button.disabled = false;
    answer.setAttribute("aria-busy", "false");
  };
  button.addEventListener("click", ask);
  const outdate = () => { if (!bySlider && answer.textContent) old.hidden = false; };
  form?.addEventListener("input", outdate);
  form?.addEventListener("change", outdate);
  document.addEventListener("formset:added", outdate);
  answer.addEventListener("input", (event) => {
    const field = form.elements[event.target.dataset.sets];
    if (!field) return;
    event.target.closest("p").querySelector("output").textContent = event.target.value;
    field.value = event.target.value;
    bySlider = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    bySlider = false;
    clearTimeout(waits);
    waits = setTimeout(ask, 400);
  });
});
