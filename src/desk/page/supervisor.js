// What a supervisor alone may do at a counter: record a payment without a card, and undo one. Each act takes
// the supervisor's own token and a reason; neither they nor a number stay on the page after it.

import { clock, money } from "/page/writing.js";

const at = (id) => document.getElementById(id);

let desk = null;      // { call, Refused, make, english }
let act = null;       // what the open dialog does: (token, reason) => { vi, en } of what became of it
let timer = null;
/** What was begun and left is forgotten after this time, in milliseconds. */
const FORGOTTEN = 3 * 60_000;
const NO_SUPERVISOR = ["token-unknown", "role-not-allowed"];
const FIELDS = ["manual-period", "manual-number", "manual-authorisation", "supervisor-reason", "supervisor-token"];


function open(title, about, manual, what) {
  act = what;
  clear();
  at("supervisor-title").replaceChildren(`${title[0]} `, desk.english(title[1]));
  at("supervisor-about").replaceChildren(`${about[0]} `, desk.english(about[1]));
  at("manual-fields").hidden = !manual;
  at("supervisor-go").disabled = false;
  say(null);
  at("supervisor").showModal();
  at(manual ? "manual-period" : "supervisor-reason").focus();
  clearTimeout(timer);
  timer = setTimeout(() => at("supervisor").close(), FORGOTTEN);
}

function clear() { for (const id of FIELDS) at(id).value = ""; }

function say(kind, vi, en) {
  const said = at("supervisor-said");
  said.dataset.kind = kind ?? "";
  said.replaceChildren(...(kind ? [`${vi} `, desk.english(en)] : []));
}

async function go(event) {
  event.preventDefault();
  const [token, reason] = [at("supervisor-token").value.trim(), at("supervisor-reason").value.trim()];
  if (!token || !reason) {
    say("refused", "Cần lý do và mã của người phụ trách.", "A reason and the supervisor’s token are needed.");
    return;
  }
  // A second press while the first is under way would be a second act.
  at("supervisor-go").disabled = true;
  // What is answered after the dialog was closed, or opened for somebody else, is not said to them.
  const mine = act;
  try {
    const done = await mine(token, reason);
    if (act !== mine) return;
    clear();
    say("done", done.vi, done.en);
  } catch (refused) {
    if (act !== mine) return;
    at("supervisor-go").disabled = false;
    at("supervisor-token").value = "";
    if (!(refused instanceof desk.Refused)) throw refused;
    const { code, sentence, next_action: next, detail, claimed } = refused.problem;
    if (NO_SUPERVISOR.includes(code)) {
      say("refused", "Mã này không phải của người phụ trách. Quét hoặc gõ lại mã.", "This is no supervisor’s token. Scan or type it again.");
      return;
    }
    const where = claimed ? ` (bàn ${claimed.desk}, ${clock(claimed.at)})` : "";
    say("refused", `${sentence.vi}${where} ${next.vi}`, `${sentence.en} ${next.en}${detail ? ` (${detail})` : ""}`);
  }
}

/** Asks a supervisor to undo a payment; `then` is called when it is undone. */
export function askUndo(claim, then) {
  open(["Hủy ghi nhận chi trả", "Undo a payment"],
    ["Khoản này mở lại và có thể được chi lần nữa. Chỉ hủy khi tiền chưa đưa, hoặc đã thu lại.",
      "The entry is open again. Only where the money was not handed over, or came back."],
    false,
    async (token, reason) => {
      await desk.call("POST", `/v1/payees/claims/${encodeURIComponent(claim)}/undo`, { reason }, token);
      then();
      return { vi: "✓ Đã hủy.", en: "Undone." };
    });
}

/** Asks a supervisor to record a payment without a card. */
async function askManual() {
  const overview = await desk.call("GET", "/v1/payees").catch(() => ({ lists: [] }));
  const lists = overview.lists.filter((list) => list.current);
  at("manual-list").replaceChildren(...lists.map((list) =>
    desk.make("option", { value: list.id }, `${list.id} · ${list.issuer}`)));
  open(["Chi trả không có thẻ hoặc chip hỏng", "Pay without a card, or with a dead chip"],
    ["Là ngoại lệ: không bao giờ được ghi là “đã xác minh”. Người phụ trách tự nhận biết người nhận.",
      "An exception, which never counts as verified. The supervisor answers for who the person is."],
    true,
    async (token, reason) => {
      const body = {
        personal_number: at("manual-number").value.trim(),
        list: at("manual-list").value,
        period: at("manual-period").value.trim(),
        reason,
      };
      const [authorisation, caseRef] = [at("manual-authorisation").value.trim(), at("case-ref").value.trim()];
      if (authorisation) body.authorisation = authorisation;
      if (caseRef) body.case_ref = caseRef;
      const paid = await desk.call("POST", "/v1/payees/manual", body, token);
      return {
        vi: `✓ Đã ghi nhận ngoại lệ: ${money(paid.amount)}, kỳ ${paid.period}. Đưa tiền cho người nhận.`,
        en: "Recorded as an exception: hand over the money.",
      };
    });
  if (!lists.length) say("refused", "Hôm nay không có danh sách chi trả nào.", "No list is paid today.");
}

/** Begins; `parts` is what the page shares. */
export function startSupervisor(parts) {
  desk = parts;
  const offered = () => { at("manual-row").hidden = at("purpose").value !== "benefit-payment"; };
  at("purpose").addEventListener("change", offered);
  offered();
  at("manual-open").addEventListener("click", askManual);
  at("supervisor-form").addEventListener("submit", go);
  at("supervisor-close").addEventListener("click", () => at("supervisor").close());
  at("supervisor").addEventListener("close", () => { clearTimeout(timer); act = null; clear(); say(null); });
}
