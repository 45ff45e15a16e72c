"use strict";
// The viewer: draws a case from its view (view.py) and tells the bridge what a person asks for. Everything a file, a
// person or a model named is set as text, never as markup. No finding, model, opacity or arrangement asks the server.
window.lens = (() => {
  const ROLES = ["baseline", "finetuned"];
  const HEAT = 256; // px of the longer edge of a drawn map; its network's grid is far coarser
  const STAGES = {
    ready: "",
    reading: "Reading the film",
    looking: "Both models look at the film",
    explaining: "Comparing, locating, writing and checking",
    done: "",
    stopped: "Stopped",
    failed: "",
  };
  let root = null, send = () => {}, view = {}, kept = "", finding = "", touched = false, pending = null, turn = 0;
  const state = { mode: "swipe", heat: 70, boxes: true, scale: "shared", zoom: 1, x: 0, y: 0 };

  const $ = (selector, from) => (from || root || document).querySelector(selector);
  const all = (selector, from) => [...(from || root || document).querySelectorAll(selector)];
  const make = (tag, attributes, ...children) => {
    const svg = ["g", "rect", "text", "title"].includes(tag);
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
    return element;
  };
  const fill = (element, ...children) => { element.replaceChildren(...children.flat().filter((c) => c || c === 0)); };
  // A name that may break behind its underscores, not in the middle of a word.
  const breakable = (name) => name.split(/(?<=_)/).flatMap((part) => [part, document.createElement("wbr")]);
  const number = (value) => (value === null || value === undefined ? "–" : Number(value).toFixed(2));
  const anchor = (id) => "lens-ev-" + [...id].map((c) => (/[\p{L}\p{N}]/u.test(c) ? c : "-")).join("");

  // ── theme ──────────────────────────────────────────────────────────────────────────────────────────────────
  const setTheme = (dark) => {
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    const button = document.getElementById("lens-theme");
    if (button) button.textContent = dark ? "Light" : "Dark";
  };
  const isDark = () => localStorage.getItem("lens-theme") !== "light"; // the reading room is dark
  const keepTheme = () => {
    setTheme(isDark());
    // Gradio sets its own theme once it has started; ours comes back
    new MutationObserver(() => {
      if (document.body.classList.contains("dark") !== isDark()) setTheme(isDark());
    }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  };
  if (document.body) keepTheme(); else addEventListener("DOMContentLoaded", keepTheme);

  // ── maps ───────────────────────────────────────────────────────────────────────────────────────────────────
  const mapOf = (role, slug) => ((view.maps || {})[role] || {})[slug];
  const maximum = (map) => (map && !map.empty ? Math.max(...map.values) : 0);
  const topOf = (role, slug) =>
    state.scale === "own" ? maximum(mapOf(role, slug)) : Math.max(...ROLES.map((r) => maximum(mapOf(r, slug))));

  // Bilinear between cell centres, as tools/saliency.py's `upsample`; colours as tools/drawing.py's `colour_heat`.
  const paint = (canvas, map, top) => {
    const { width, height } = view.film;
    const scale = HEAT / Math.max(width, height);
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    if (!map || map.empty || !(top > 0)) return;
    const [rows, columns] = map.grid;
    const x1 = Math.round(map.region[0] * scale), y1 = Math.round(map.region[1] * scale);
    const w = Math.max(1, Math.round(map.region[2] * scale) - x1), h = Math.max(1, Math.round(map.region[3] * scale) - y1);
    const picture = new ImageData(w, h), data = picture.data, ramp = window.LENS_RAMP;
    const lanes = (size, cells) => Array.from({ length: size }, (_, i) => {
      const at = Math.min(Math.max((i + 0.5) * cells / size - 0.5, 0), cells - 1);
      const low = Math.floor(at);
      return [low, Math.min(low + 1, cells - 1), at - low];
    });
    const across = lanes(w, columns);
    lanes(h, rows).forEach(([r0, r1, fr], y) => {
      for (let x = 0; x < w; x += 1) {
        const [c0, c1, fc] = across[x];
        const upper = map.values[r0 * columns + c0] * (1 - fc) + map.values[r0 * columns + c1] * fc;
        const lower = map.values[r1 * columns + c0] * (1 - fc) + map.values[r1 * columns + c1] * fc;
        const share = Math.min(1, (upper * (1 - fr) + lower * fr) / top);
        const colour = ramp[Math.round(share * 255)], at = 4 * (y * w + x);
        data[at] = colour[0]; data[at + 1] = colour[1]; data[at + 2] = colour[2]; data[at + 3] = colour[3];
      }
    });
    canvas.getContext("2d").putImageData(picture, x1, y1);
  };

  const hint = (text, event) => {
    const tip = $(".lens-hint");
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const frame = $(".lens-frames").getBoundingClientRect(), at = event.target.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(at.left - frame.left, frame.width - tip.offsetWidth - 4))}px`;
    const above = at.top - frame.top - tip.offsetHeight - 6;
    tip.style.top = `${above > 0 ? above : Math.min(at.bottom - frame.top + 6, frame.height - tip.offsetHeight - 4)}px`;
  };

  const drawBoxes = (svg, map) => {
    const { width, height } = view.film;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    fill(svg, ((state.boxes && map && map.boxes) || []).map((box, i) => {
      const [x1, y1, x2, y2] = box.at;
      const at = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
      return make("g", {},
        make("rect", { ...at, class: "under" }),
        make("rect", {
          ...at, class: "over", tabindex: 0, role: "img", "aria-label": box.title,
          onmouseenter: (e) => hint(box.title, e), onmouseleave: () => hint(""),
          onfocus: (e) => hint(box.title, e), onblur: () => hint(""),
        }),
        make("text", { x: x1 + 0.012 * width, y: y1 + 0.045 * width, "font-size": 0.04 * width }, String(i + 1)));
    }));
  };

  const rowOf = (slug) => (view.findings || []).find((row) => row.slug === slug);

  const draw = () => {
    if (!view.film) return;
    const frames = $(".lens-frames");
    frames.dataset.mode = state.mode;
    frames.style.setProperty("--heat", state.heat / 100);
    frames.style.setProperty("--zoom", state.zoom);
    frames.style.setProperty("--x", `${state.x}px`);
    frames.style.setProperty("--y", `${state.y}px`);
    frames.style.setProperty("--aspect", view.film.width / view.film.height);
    frames.classList.toggle("zoomed", state.zoom > 1);
    const row = rowOf(finding);
    for (const role of ROLES) {
      const frame = $(`.lens-frame[data-role=${role}]`), map = mapOf(role, finding);
      const shown = state.mode === "film" ? null : map;
      paint($("canvas", frame), shown, topOf(role, finding));
      drawBoxes($("svg", frame), shown);
      $("img", frame).alt = view.film.alt + (row && shown ? `, with the ${view.models[role].called.toLowerCase()} model's heatmap for ${row.name}` : "");
      caption(role, row, map);
    }
    const top = topOf("finetuned", finding);
    $(".lens-legend").hidden = !row || state.mode === "film";
    $(".lens-top-value").textContent = state.scale === "own"
      ? "each map's own maximum; nothing is drawn where the map is 0"
      : `${top.toPrecision(3)} logits per map cell, the larger maximum of both; nothing is drawn where the map is 0`;
    all(".lens-table [role=row]").forEach((line) => line.classList.toggle("chosen", line.dataset.slug === finding));
    const select = $("#lens-finding");
    if (select.value !== finding) select.value = finding;
  };

  const caption = (role, row, map) => {
    const place = $(`.lens-captions [data-role=${role}]`);
    if (!row) { fill(place); return; }
    const score = row.scores[role];
    const words = score.why_not
      ? `not assessed: ${score.why_not}`
      : `${row.name} ${number(score.score)} ${score.positive ? "≥" : "<"} threshold ${number(score.threshold)}: ${score.positive ? "called" : "not called"}`;
    const lines = ((map && map.lines) || []).map((line) => make("span", { class: "lens-line" }, line));
    fill(place, make("b", { class: `role-${role}` }, view.models[role].called), ` ${view.models[role].name}`,
      make("span", { class: "lens-line" }, words), lines);
  };

  const choose = (slug, byHand) => {
    if (!rowOf(slug)) return;
    finding = slug;
    touched = touched || Boolean(byHand);
    draw();
  };

  // ── the case ───────────────────────────────────────────────────────────────────────────────────────────────
  const badges = () => {
    const out = [];
    const badge = (text, kind) => out.push(make("li", { class: `lens-badge ${kind || ""}` }, text));
    if (view.difficulty) badge(`${view.difficulty.level}, ${view.difficulty.basis}`, view.difficulty.level);
    if (view.true_level) badge(`against the truth: ${view.true_level}`, view.true_level);
    if (view.verdict) badge(`fine-tuning: ${view.verdict}`);
    if (view.relation) badge(`models ${view.relation}`);
    if (view.blind !== undefined) badge(view.blind ? "blind" : "truth revealed");
    if (view.film && view.film.synthetic) badge("synthetic film");
    fill($(".lens-badges"), out);
  };

  const findingList = () => {
    const rows = (view.findings || []).filter((row) => ROLES.some((role) => mapOf(role, row.slug)));
    const called = rows.filter((row) => ROLES.some((role) => row.scores[role].positive));
    const group = (label, list) => list.length && make("optgroup", { label },
      ...list.map((row) => make("option", { value: row.slug }, row.name)));
    fill($("#lens-finding"), group("Called by a model", called), group("Not called", rows.filter((r) => !called.includes(r))));
    if (!rowOf(finding) || !rows.includes(rowOf(finding))) {
      const margin = (row) => Math.max(...ROLES.map((r) => row.scores[r].score - row.scores[r].threshold || -1));
      const best = [...rows].sort((a, b) => margin(b) - margin(a))[0];
      finding = best ? best.slug : "";
    }
  };

  const bar = (role, score) => {
    const name = view.models[role].called;
    if (score.why_not) return make("span", { role: "cell", class: "lens-cell lens-soft", title: score.why_not }, make("i", {}, name), " not assessed");
    const words = `${name} ${number(score.score)}, threshold ${number(score.threshold)}, ${score.positive ? "called" : "not called"}`;
    const fillBar = make("span", { class: "lens-fill" }), tick = make("span", { class: "lens-tick" });
    fillBar.style.width = `${100 * score.score}%`;
    tick.style.left = `${100 * score.threshold}%`;
    return make("span", { role: "cell", class: `lens-cell ${role} ${score.positive ? "positive" : "negative"}`, "aria-label": words, title: words },
      make("i", {}, name), make("span", { class: "lens-bar" }, fillBar, tick),
      make("b", {}, number(score.score)), score.outcome ? make("em", { class: score.outcome[0] === "T" ? "right" : "wrong" }, score.outcome) : null);
  };

  const scores = () => {
    const rows = view.findings || [];
    $(".lens-scores").hidden = !rows.length;
    if (!rows.length) return;
    const judged = rows.filter((row) => ROLES.some((role) => !row.scores[role].why_not));
    const rank = (row) => {
      if (row.name === "No Finding") return 3;
      const calls = ROLES.map((role) => Boolean(row.scores[role].positive));
      return calls[0] !== calls[1] ? 0 : calls[0] ? 1 : 2;
    };
    const sorted = [...judged].sort((a, b) => rank(a) - rank(b));
    const head = make("div", { role: "row", class: "lens-head" }, make("span", { role: "columnheader" }, "Finding"),
      ...ROLES.map((role) => make("span", { role: "columnheader", class: role }, view.models[role].called)));
    fill($(".lens-table"), head, sorted.map((row) => {
      const differs = row.judged && rank(row) === 0 && ROLES.every((role) => !row.scores[role].why_not);
      const label = make("button", { type: "button", class: "lens-name", onclick: () => choose(row.slug, true), disabled: !ROLES.some((r) => mapOf(r, row.slug)) }, row.name);
      return make("div", { role: "row", "data-slug": row.slug, class: rank(row) >= 2 ? "quiet" : "" },
        make("span", { role: "rowheader" }, label, differs ? make("small", {}, "differ") : null, row.truth ? make("small", { class: `truth-${row.truth}` }, `truth: ${row.truth}`) : null),
        ...ROLES.map((role) => bar(role, row.scores[role])));
    }));
    const missing = ROLES.flatMap((role) => rows.filter((row) => row.scores[role].why_not).map((row) => `${view.models[role].called}: ${row.name}: ${row.scores[role].why_not}`));
    const box = $(".lens-unassessed");
    box.hidden = !missing.length;
    $("summary", box).textContent = `Not assessed (${missing.length})`;
    fill($("ul", box), missing.map((text) => make("li", {}, text)));
  };

  const sentence = (said) => make("li", { class: said.mark }, said.text, make("div", { class: "lens-marks" },
    make("span", { class: `lens-chip ${said.mark}` }, said.mark),
    ...said.evidence.flatMap((id) => [" ", make("a", { href: `#${anchor(id)}` }, id)])));

  const explained = () => {
    const has = Boolean(view.sentences);
    $(".lens-explained").hidden = !has;
    if (!has) return;
    const d = view.difficulty;
    fill($(".lens-difficulty"), make("b", { class: `lens-level ${d.level}` }, d.level), ` for the models${d.about ? `, for ${d.about}` : ""} (${d.basis}): ${d.means}.`,
      d.reasons.length ? ` Why: ${d.reasons.join("; ")}.` : "");
    const none = view.writing ? null : make("li", { class: "cut" }, "No sentence passed the check.");
    fill($(".lens-summary"), view.sentences.length ? view.sentences.map(sentence) : none);
    $(".lens-sections").hidden = !(view.sections || []).length;
    fill($(".lens-sections div"), (view.sections || []).flatMap((s) => [make("h4", {}, s.title), make("ul", { class: "lens-said" }, ...s.sentences.map(sentence))]));
    const cut = $(".lens-cut");
    cut.hidden = !(view.cut || []).length;
    $("summary", cut).textContent = `${(view.cut || []).length} cut by the check`;
    fill($("ul", cut), (view.cut || []).map((c) => make("li", { class: "cut" }, c.text, make("div", { class: "lens-marks" }, c.reason))));
    const refused = view.refused ? ` ${view.refused} refused so far: back to the writer.` : "";
    $(".lens-writer").textContent = view.writing ? `Being written; a sentence appears once it has passed the check.${refused}` : `Written by ${view.writer}.`;
  };

  const quality = () => {
    const q = view.quality;
    $(".lens-quality").hidden = !q;
    const alert = $(".lens-alert");
    const words = [];
    if (view.note) words.push(make("p", {}, view.note));
    if (q) {
      fill($(".lens-flags"), q.flags.length ? q.flags.map((f) => make("li", {}, make("b", {}, f.message), ` ${f.way_on}`)) : make("li", {}, "No quality flag was raised."));
      fill($(".lens-quality dl"), q.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
      fill($(".lens-limits"), (view.limits || []).map((l) => make("li", {}, l)));
      if (!q.frontal) {
        const flag = q.flags.find((f) => ["not-a-frontal-chest-film", "lateral"].includes(f.code));
        words.push(make("p", {}, make("b", {}, "Not a frontal chest radiograph. "), flag ? `${flag.message} ${flag.way_on}` : "Scores for it mean nothing."));
      }
    }
    fill(alert, words);
    alert.hidden = !words.length;
  };

  const evidence = () => {
    const list = view.evidence || [];
    $(".lens-evidence").hidden = !list.length;
    const open = new Set(all(".lens-evidence details[open]").map((e) => e.id));
    fill($(".lens-evidence div"), list.map((e) => make("details", { id: anchor(e.id), open: open.has(anchor(e.id)) },
      make("summary", {}, make("code", {}, e.id), ` ${e.tool}, ${e.seconds.toFixed(3)} s`),
      make("p", { class: "lens-soft" }, `Arguments ${e.arguments}`), make("pre", { tabindex: 0 }, e.result))));
  };

  const films = () => {
    const has = Boolean(view.film);
    $(".lens-frames").hidden = !has;
    $(".lens-tools").hidden = !has;
    const gone = $(".lens-gone");
    gone.hidden = has || !view.thread || view.stage !== "done";
    gone.textContent = "The film is not here any more; its scores and the conversation are.";
    if (!has) return;
    all(".lens-sheet img").forEach((img) => { if (!img.src.endsWith(view.film.url)) img.src = view.film.url; });
    const letters = view.sides;
    all(".lens-side-left").forEach((e) => { e.textContent = letters.image_left; });
    all(".lens-side-right").forEach((e) => { e.textContent = letters.image_right; });
    $(".lens-sides").textContent = letters.says;
  };

  const past = () => {
    const list = document.querySelector("#lens-past-list ul");
    if (!list) return;
    const cases = view.past || [];
    document.getElementById("lens-past-count").textContent = cases.length ? `(${cases.length})` : "";
    const deleteAll = document.getElementById("lens-delete-all");
    deleteAll.hidden = !cases.length;
    if (!deleteAll.dataset.ready) { // here, not in mount: the list may come to the page after the viewer
      twice(deleteAll, () => send("delete", { all: true }));
      deleteAll.dataset.ready = "yes";
    }
    const shown = JSON.stringify([cases, view.thread]);
    // a list that did not change stays as it is: a button that waits for its second press must not be made anew
    if (list.dataset.shown !== shown) fill(list, cases.map((c) => make("li", {},
      make("button", { type: "button", class: "lens-link", onclick: () => open({ past: c.id }), "aria-current": c.id === view.thread ? "true" : null },
        make("b", {}, c.title), ` ${new Date(1000 * c.updated).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}${c.film ? "" : ", film removed"}`),
      twice(make("button", { type: "button", class: "lens-button lens-danger", "aria-label": `Delete ${c.title}` }, "Delete"), () => send("delete", { thread: c.id })))));
    list.dataset.shown = shown;
    const exports = document.getElementById("lens-exports");
    exports.hidden = !view.sentences || Boolean(view.writing);
    all("a", exports).forEach((a) => { a.href = `lens/export/${view.thread}/${a.dataset.kind}`; });
    const chips = document.getElementById("lens-suggestions");
    if (chips) fill(chips, (view.suggestions || []).map((text) => make("button", { type: "button", class: "lens-suggestion", onclick: () => send("ask", { text }) }, text)));
  };

  // A button that acts on its second press.
  const twice = (button, act) => {
    const words = button.textContent;
    button.addEventListener("click", () => {
      if (button.dataset.sure) { act(); return; }
      button.dataset.sure = "yes";
      button.textContent = "Really delete?";
      setTimeout(() => { delete button.dataset.sure; button.textContent = words; }, 8000);
    });
    return button;
  };

  const start = () => {
    const list = view.bundled || [];
    const box = $(".lens-bundled");
    box.hidden = !list.length;
    fill($("ul", box), list.map((c) => make("li", {}, make("button", { type: "button", class: "lens-card", onclick: () => open({ bundled: c.id }) },
      make("img", { src: c.picture, alt: "", loading: "lazy" }), make("span", {}, ...breakable(c.id))))));
  };

  const show = (next) => {
    if (!next || typeof next !== "object" || next.past === undefined) return;
    if (!root) { pending = next; return; }
    if (next.turn < turn) return; // sent before the page turned to something else
    turn = next.turn;
    const fresh = next.thread !== kept;
    view = next;
    if (view.thread) sessionStorage.setItem("lens-thread", view.thread); else sessionStorage.removeItem("lens-thread");
    if (fresh) {
      kept = view.thread;
      finding = "";
      touched = false;
      Object.assign(state, { zoom: 1, x: 0, y: 0 });
    }
    root.dataset.stage = view.thread ? view.stage : "empty";
    document.body.classList.toggle("lens-busy", ["reading", "looking", "explaining"].includes(view.stage) || Boolean(view.answering));
    $(".lens-status").textContent = view.thread ? STAGES[view.stage] || "" : "";
    $(".lens-start").hidden = Boolean(view.thread);
    $(".lens-case").hidden = !view.thread;
    if (view.thread) {
      fill($(".lens-title h2"), breakable(view.title));
      badges();
      films();
      findingList();
      if (!touched && view.shown && view.shown.length && rowOf(view.shown[0])) finding = view.shown[0];
    } else {
      start();
    }
    quality();
    explained();
    scores();
    evidence();
    past();
    draw();
    if (view.focus && view.focus.n !== state.focus) {
      state.focus = view.focus.n;
      touched = true;
      if (state.mode === "film") setMode("swipe");
      choose(view.focus.finding);
    }
  };

  // ── what a person does ─────────────────────────────────────────────────────────────────────────────────────
  const open = (asked) => send("open", asked);

  const upload = async (file) => {
    if (!file) return;
    const status = $(".lens-status"), alert = $(".lens-alert");
    status.textContent = `Reading ${file.name || "the picture"}`;
    document.body.classList.add("lens-busy");
    fill(alert);
    alert.hidden = true;
    let answer;
    try {
      const response = await fetch("lens/upload", { method: "POST", body: file, headers: { "x-file-name": encodeURIComponent(file.name || "pasted") } });
      answer = response.headers.get("content-type").includes("json") ? await response.json() : { error: await response.text() };
    } catch (error) {
      answer = { error: "The server did not answer; is it still running?" };
    }
    status.textContent = "";
    document.body.classList.remove("lens-busy");
    if (answer.thread) { open({ thread: answer.thread }); return; }
    fill(alert, make("p", {}, answer.error));
    alert.hidden = false;
  };

  const setMode = (mode) => {
    state.mode = mode;
    all("input[name=lens-mode]").forEach((radio) => { radio.checked = radio.value === mode; });
  };

  const zoom = (by) => {
    state.zoom = Math.min(8, Math.max(1, state.zoom * by));
    if (state.zoom === 1) { state.x = 0; state.y = 0; }
    draw();
  };

  const mount = (element) => {
    root = $(".lens-viewer", element);
    const on = (selector, kind, act) => $(selector).addEventListener(kind, act);
    on("#lens-finding", "change", (e) => choose(e.target.value, true));
    all("input[name=lens-mode]").forEach((radio) => radio.addEventListener("change", () => { state.mode = radio.value; draw(); }));
    on("#lens-heat", "input", (e) => { state.heat = Number(e.target.value); $(".lens-frames").style.setProperty("--heat", state.heat / 100); });
    on("#lens-boxes", "change", (e) => { state.boxes = e.target.checked; draw(); });
    on("#lens-scale", "change", (e) => { state.scale = e.target.value; draw(); });
    const filter = () => {
      const invert = $("#lens-invert").checked ? " invert(1)" : "";
      $(".lens-frames").style.setProperty("--window", `brightness(${$("#lens-bright").value}%) contrast(${$("#lens-contrast").value}%)${invert}`);
    };
    for (const id of ["#lens-bright", "#lens-contrast", "#lens-invert"]) on(id, "input", filter);
    on("#lens-reset", "click", () => {
      $("#lens-bright").value = 100; $("#lens-contrast").value = 100; $("#lens-invert").checked = false;
      filter();
      Object.assign(state, { zoom: 1, x: 0, y: 0 });
      draw();
    });
    on("#lens-in", "click", () => zoom(1.4));
    on("#lens-out", "click", () => zoom(1 / 1.4));
    on("#lens-divider", "input", (e) => $(".lens-frames").style.setProperty("--cut", `${e.target.value}%`));
    const frames = $(".lens-frames");
    frames.addEventListener("wheel", (e) => { if (e.ctrlKey) { e.preventDefault(); zoom(e.deltaY < 0 ? 1.15 : 1 / 1.15); } }, { passive: false });
    let from = null;
    frames.addEventListener("pointerdown", (e) => { if (state.zoom > 1 && e.target.id !== "lens-divider") { from = [e.clientX - state.x, e.clientY - state.y]; frames.setPointerCapture(e.pointerId); } });
    frames.addEventListener("pointermove", (e) => { if (from) { state.x = e.clientX - from[0]; state.y = e.clientY - from[1]; frames.style.setProperty("--x", `${state.x}px`); frames.style.setProperty("--y", `${state.y}px`); } });
    for (const kind of ["pointerup", "pointercancel"]) frames.addEventListener(kind, () => { from = null; });
    for (const id of ["#lens-file", "#lens-camera"]) on(id, "change", (e) => { upload(e.target.files[0]); e.target.value = ""; });
    addEventListener("dragover", (e) => { if ([...e.dataTransfer.types].includes("Files")) { e.preventDefault(); document.body.classList.add("lens-dragging"); } });
    addEventListener("dragleave", (e) => { if (!e.relatedTarget) document.body.classList.remove("lens-dragging"); });
    addEventListener("drop", (e) => {
      document.body.classList.remove("lens-dragging");
      if (e.dataTransfer.files.length) { e.preventDefault(); upload(e.dataTransfer.files[0]); }
    });
    addEventListener("paste", (e) => {
      const file = [...(e.clipboardData || {}).files || []][0];
      if (file) { e.preventDefault(); upload(file); }
    });
    document.addEventListener("click", (e) => {
      const link = e.target.closest && e.target.closest("a[href^='#lens-ev-']");
      if (link) { e.preventDefault(); unfold(link.getAttribute("href").slice(1)); }
      if (e.target.id === "lens-new") send("new", {});
      if (e.target.id === "lens-theme") { localStorage.setItem("lens-theme", isDark() ? "light" : "dark"); setTheme(isDark()); }
    });
    const ramp = document.getElementById("lens-ramp").getContext("2d");
    window.LENS_RAMP.forEach(([r, g, b], i) => { ramp.fillStyle = `rgb(${r} ${g} ${b})`; ramp.fillRect(160 * i / 256, 0, 1, 8); });
    setTheme(isDark());
    if (pending) { const next = pending; pending = null; show(next); }
  };

  // Open the evidence a sentence names, and show on the film what it is about.
  const unfold = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    target.open = true;
    target.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    $("summary", target).focus({ preventScroll: true });
    const row = (view.findings || []).find((r) => id.endsWith(`-${r.slug}`));
    if (row) choose(row.slug, true);
  };

  return { mount, show, connect: (trigger) => { send = trigger; } };
})();
