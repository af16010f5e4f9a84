// The workflow's pages: steps moved and removed without losing what was typed, the panel kept up to date, deeds done once.
const stepRows = () => [...document.querySelectorAll("#steps-group .form-group:not(.empty-form)")];
const isDeleted = (row) => Boolean(row.querySelector("input[name$='-DELETE']:checked"));
const positionOf = (row) => row.querySelector("input[name$='-position']");
const numberOf = (row) => Number((row.querySelector("[name^='steps-']")?.name.match(/^steps-(\d+)-/) || [])[1]);

const addMovers = (row, labels) => {
  const title = row.querySelector("h3");
  if (!title || !positionOf(row) || title.querySelector(".rollcall-move")) return;
  let place = title.querySelector("strong").parentElement;
  [["up", "↑", -1], ["down", "↓", 1]].forEach(([name, arrow, by]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "rollcall-move";
    button.dataset.moves = by;
    button.textContent = arrow;
    button.title = labels[name];
    place.after(button);
    place = button;
    button.addEventListener("click", () => move(row, by, button));
  });
};

const move = (row, by, button) => {
  const rows = stepRows().filter((other) => !isDeleted(other));
  const other = rows[rows.indexOf(row) + by];
  if (!other) return;
  if (by < 0) other.before(row); else other.after(row);
  renumber();
  (button.disabled ? row.querySelector(".rollcall-move:not(:disabled)") : button)?.focus();
  row.dispatchEvent(new Event("input", { bubbles: true }));
};

const renumber = () => {
  const labels = document.getElementById("rollcall-steps")?.dataset;
  if (!labels) return;
  document.getElementById("steps-group").classList.add("rollcall-sorted");
  const rows = stepRows();
  rows.forEach((row) => addMovers(row, labels));
  const kept = rows.filter((row) => !isDeleted(row));
  kept.forEach((row, index) => {
    const position = positionOf(row);
    const title = row.querySelector("h3 strong");
    if (position) position.value = index + 1;
    if (title) title.textContent = `${labels.step} ${index + 1}`;
    row.querySelectorAll(".rollcall-move").forEach((button) => {
      button.setAttribute("aria-label", `${labels.step} ${index + 1}: ${button.title}`);
      button.disabled = Number(button.dataset.moves) < 0 ? index === 0 : index === kept.length - 1;
    });
  });
};

// The admin's own removal writes the later rows anew as text, without what was typed in them, and by their place on
// the page instead of their number.
const removeRow = (row) => {
  const removed = numberOf(row);
  const total = document.querySelector("[name='steps-TOTAL_FORMS']");
  const rows = stepRows().filter((other) => numberOf(other) > removed);
  row.remove();
  rows.sort((one, other) => numberOf(one) - numberOf(other)).forEach((later) => {
    const from = `steps-${numberOf(later)}`, to = `steps-${numberOf(later) - 1}`;
    [later, ...later.querySelectorAll("*")].forEach((element) => {
      [...element.attributes].forEach((attribute) => {
        if (!attribute.value.includes(from)) return;
        attribute.value = attribute.value.replaceAll(new RegExp(`${from}(?!\\d)`, "g"), to);
      });
    });
  });
  total.value = Number(total.value) - 1;
  renumber();
  total.dispatchEvent(new Event("input", { bubbles: true }));
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("#steps-group .delete-template");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  removeRow(button.closest(".form-group"));
}, true);

// The panel says what the form as it stands would do; what is wrong is said at the field, once it was touched.
const livePanel = (panel) => {
  const answer = panel.querySelector("[data-preview]");
  const failed = panel.querySelector("[data-preview-failed]");
  const form = document.getElementById(panel.dataset.form);
  const short = document.querySelector("[data-short]");
  const touched = new Set();
  // Once the panel is scrolled away, its first line stays.
  const shorten = (isInSight) => {
    if (!short) return;
    const said = answer.querySelector("[data-in-short]");
    short.textContent = said ? said.dataset.inShort || said.textContent : "";
    if (isInSight !== undefined) short.dataset.isInSight = isInSight;
    short.hidden = !said || short.dataset.isInSight !== "false";
  };
  if (short) new IntersectionObserver(([seen]) => shorten(seen.isIntersecting)).observe(panel.querySelector("h2"));
  let waits, asked;
  const showErrors = () => {
    form.querySelectorAll("[data-live-error]").forEach((error) => error.remove());
    touched.forEach((name) => form.elements[name]?.removeAttribute?.("aria-invalid"));
    answer.querySelector("template[data-errors]")?.content.querySelectorAll("p").forEach((said) => {
      const name = said.dataset.for;
      const field = form.elements[name];
      if (!touched.has(name) || !field?.closest) return;
      const error = document.createElement("p");
      error.className = "rollcall-error";
      error.id = `${field.id}_live_error`;
      error.dataset.liveError = "";
      error.textContent = said.textContent;
      field.setAttribute("aria-invalid", "true");
      (field.closest(".rollcall-param") || field.parentElement).append(error);
    });
  };
  const ask = async (options) => {
    asked?.abort();
    asked = new AbortController();
    answer.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(panel.dataset.previewAt, { signal: asked.signal, ...options });
      failed.hidden = response.ok;
      if (response.ok) answer.innerHTML = await response.text();
      if (options?.body) showErrors();
      shorten();
      answer.setAttribute("aria-busy", "false");
    } catch (error) {
      if (error.name === "AbortError") return;
      failed.hidden = false;
      answer.setAttribute("aria-busy", "false");
    }
  };
  if (!("isLive" in panel.dataset)) return ask();
  const askAboutForm = () => ask({ method: "POST", body: new FormData(form) });
  const soon = (event) => {
    if (event?.target?.name) {
      touched.add(event.target.name);
      event.target.closest(".rollcall-param, .form-row, .field-line")?.querySelectorAll(".rollcall-error:not([data-live-error])").forEach((error) => error.remove());
    }
    clearTimeout(waits);
    waits = setTimeout(askAboutForm, 400);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  document.addEventListener("formset:added", soon);
  askAboutForm();
};

document.addEventListener("DOMContentLoaded", () => {
  // In the order in which it is told: when, if, then, until.
  const steps = document.getElementById("steps-group");
  if (steps) document.querySelector(".rollcall-before-then")?.after(steps);
  renumber();
  const panel = document.querySelector("[data-preview-at]");
  if (panel) livePanel(panel);
  document.querySelector(".rollcall-asks")?.focus();
  document.querySelectorAll("form[data-once]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if ("isSent" in form.dataset) event.preventDefault();
      form.dataset.isSent = "";
    });
  });
  const waiting = document.querySelector("[data-reload-after]");
  if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.reloadAfter) * 1000);
  // What a step may send belongs to the club: another club, another form.
  const club = document.querySelector("#workflow_form select[name='club']");
  club?.addEventListener("change", () => { if (club.value) location.search = `?club=${club.value}`; });
});
document.addEventListener("formset:added", renumber);
document.addEventListener("change", (event) => { if (event.target.name?.endsWith("-DELETE")) renumber(); });
