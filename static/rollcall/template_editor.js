// The template form: placeholders go where the caret stood last, and the preview follows what is typed.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-opens]").forEach((button) => {
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
  });
  document.querySelectorAll("[data-closes]").forEach((button) => {
    button.addEventListener("click", () => button.closest("dialog").close());
  });

  const fields = document.querySelectorAll("[data-takes-placeholders]");
  const text = document.getElementById("id_text_body");
  let target = text;
  fields.forEach((field) => field.addEventListener("focus", () => { target = field; }));
  document.querySelectorAll("[data-inserts]").forEach((button) => {
    button.addEventListener("click", () => {
      if (!target) return;
      target.setRangeText(button.dataset.inserts, target.selectionStart, target.selectionEnd, "end");
      target.dispatchEvent(new Event("input", { bubbles: true }));
      target.focus();
    });
  });

  const panel = document.getElementById("template-preview");
  const form = document.getElementById("messagetemplate_form");
  // An old version is shown with the same fields, but there is nothing to try out.
  if (!form) panel?.remove();
  if (!panel || !form) return;
  const result = document.getElementById("preview-result");
  const said = document.getElementById("preview-said");
  const member = document.getElementById("preview-member");
  const search = document.getElementById("preview-search");
  const club = document.getElementById("id_club");

  const typed = () => {
    const data = new FormData(form);
    data.set("csrfmiddlewaretoken", panel.querySelector("[name=csrfmiddlewaretoken]").value);
    if (member) data.set("_member", member.value);
    return data;
  };
  const ask = async (url, options) => {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    if (answer.redirected) throw new Error(panel.dataset.loggedOut);
    if (!answer.ok && answer.status !== 429) throw new Error(panel.dataset.broken);
    return answer.text();
  };
  const complain = (place, error) => {
    const words = document.createElement("p");
    words.className = "rollcall-problem";
    words.textContent = error instanceof TypeError ? panel.dataset.broken : error.message;
    place.replaceChildren(words);
  };
  const waiting = (work, pause) => {
    let timer;
    return () => { clearTimeout(timer); timer = setTimeout(work, pause); };
  };

  let current = null;
  const show = async () => {
    current?.abort();
    const mine = current = new AbortController();
    try {
      const answer = await ask(panel.dataset.url, { method: "POST", body: typed(), signal: mine.signal });
      if (mine !== current) return;
      result.innerHTML = answer;
      said.textContent = (result.querySelector("[data-said]") ?? result.querySelector(".rollcall-problem"))
        ?.textContent.replace(/\s+/g, " ").trim() ?? "";
    } catch (error) {
      if (error.name !== "AbortError") complain(result, error);
    }
  };
  const showSoon = waiting(show, 300);
  form.addEventListener("input", showSoon);
  form.addEventListener("change", showSoon);

  result.addEventListener("click", (event) => {
    const button = event.target.closest("[data-replaces], [data-replaces-all]");
    if (!button || !text) return;
    const chosen = "replacesAll" in button.dataset ? result.querySelectorAll("[data-replaces]") : [button];
    chosen.forEach(({ dataset: { replaces: dear, with: twin } }) => {
      text.value = twin
        ? text.value.replaceAll(dear, twin)
        : text.value.replaceAll(` ${dear} `, " ").replaceAll(dear, "");
    });
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });

  const channel = form.querySelector("[name=channel]");
  const showsChannel = () => {
    const chosen = channel?.value ?? panel.dataset.channel;
    panel.querySelectorAll("[data-only-for]").forEach((part) => { part.hidden = !part.dataset.onlyFor.split(" ").includes(chosen); });
    // A text has neither subject nor HTML; what somebody wrote there is never hidden.
    ["subject", "html_body"].forEach((name) => {
      const field = form.querySelector(`[name=${name}]`);
      const row = field?.closest(`.field-${name}`);
      if (row) row.hidden = chosen === "sms" && !field.value;
    });
  };
  channel?.addEventListener("change", showsChannel);
  showsChannel();

  if (member) {
    const offer = async () => {
      const at = club?.value || panel.dataset.club;
      if (!at) return;
      const asked = new URLSearchParams({ club: at, q: search.value });
      try {
        const chosen = member.selectedOptions[0];
        member.innerHTML = await ask(`${panel.dataset.membersUrl}?${asked}`);
        const nobody = member.querySelector("[data-nobody]");
        // Nor does the one before stay, as if it were she who was found.
        if (nobody) { member.value = ""; nobody.selected = true; said.textContent = nobody.textContent; result.replaceChildren(); return; }
        // Somebody who is searched for is shown at once; without a search the choice stays.
        if (search.value && member.options.length > 1) member.selectedIndex = 1;
        else if (chosen?.value && ![...member.options].some((one) => one.value === chosen.value)) member.append(chosen);
        if (chosen?.value && !search.value) member.value = chosen.value;
        show();
      } catch (error) {
        complain(result, error);
      }
    };
    member.addEventListener("change", show);
    search.addEventListener("input", waiting(offer, 300));
    club?.addEventListener("change", () => { member.value = ""; offer(); });
    offer();
  }
  if (!member || !(club?.value || panel.dataset.club)) show();

  const send = document.getElementById("preview-send");
  send?.addEventListener("click", async () => {
    const sent = document.getElementById("preview-sent");
    const data = typed();
    data.set("_phone", document.getElementById("preview-phone").value);
    send.disabled = true;
    try {
      sent.innerHTML = await ask(panel.dataset.testUrl, { method: "POST", body: data });
    } catch (error) {
      complain(sent, error);
    } finally {
      send.disabled = false;
    }
  });
});
