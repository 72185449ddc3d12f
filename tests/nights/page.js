"use strict";
// Asked of the page by its test: what overflows, what leads nowhere, what cannot be seen or heard, what the search finds.
(function () {
  var all = function (selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  };
  var said = {};
  var root = document.documentElement;

  said.width = window.innerWidth;
  said.dark = matchMedia("(prefers-color-scheme: dark)").matches;
  said.lang = root.lang;
  all("details").forEach(function (one) { one.open = true; });
  said.overflow = root.scrollWidth - root.clientWidth;
  said.beyond = all("body *").filter(function (one) {
    var box = one.getBoundingClientRect();
    return box.right > root.clientWidth + 1 && box.width > 1;
  }).slice(0, 5).map(function (one) { return one.outerHTML.slice(0, 120); });

  var ids = {};
  all("[id]").forEach(function (one) { ids[one.id] = (ids[one.id] || 0) + 1; });
  said.twice = Object.keys(ids).filter(function (id) { return ids[id] > 1; });
  said.lost = all("a[href]").map(function (one) { return one.getAttribute("href"); })
    .filter(function (href) { return href[0] !== "#" || !ids[href.slice(1)]; });

  var levels = all("h1, h2, h3, h4").map(function (one) { return Number(one.tagName[1]); });
  said.steps = levels.filter(function (level, at) { return at === 0 ? level !== 1 : level > levels[at - 1] + 1; });

  said.landmarks = [["body > header", "banner"], ["body > nav[aria-label]", "navigation"], ["body > main", "main"],
    ["body > footer", "contentinfo"], ["[role=search]", "search"]]
    .filter(function (pair) { return all(pair[0]).length === 1; })
    .map(function (pair) { return pair[1]; }).join(" ");

  said.unnamed = []
    .concat(all("table").filter(function (one) { return !one.caption || !one.caption.textContent.trim(); }))
    .concat(all("table th").filter(function (one) { return !one.hasAttribute("scope"); }))
    .concat(all("svg").filter(function (one) {
      return one.getAttribute("aria-hidden") !== "true" && !(one.getAttribute("role") === "img" && one.querySelector("title"));
    }))
    .concat(all("input, select").filter(function (one) { return one.labels.length === 0; }))
    .concat(all("a").filter(function (one) { return !one.textContent.trim(); }))
    .map(function (one) { return one.outerHTML.slice(0, 120); }).slice(0, 5);

  // Contrast: each text against what lies behind it (WCAG 2.2, 1.4.3).
  function numbers(colour) { return (colour.match(/[\d.]+/g) || []).map(Number); }
  function light(colour) {
    var part = colour.slice(0, 3).map(function (value) {
      value /= 255;
      return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  }
  function behind(one) {
    for (; one; one = one.parentElement) {
      var colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) { return colour; }
    }
    return [255, 255, 255];
  }
  said.pale = all("body *").filter(function (one) {
    var own = Array.prototype.some.call(one.childNodes, function (node) {
      return node.nodeType === 3 && node.textContent.trim();
    });
    if (!own || !one.getClientRects().length || one.closest("script, style, title, desc, option")) { return false; }
    var style = getComputedStyle(one);
    var a = light(numbers(one.closest("svg") ? style.fill : style.color)), b = light(behind(one));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  }).slice(0, 5).map(function (one) { return one.outerHTML.slice(0, 160); });

  // The search.
  var text = document.getElementById("find-text"), group = document.getElementById("find-group");
  function shown() { return all("#transfers tbody.t").filter(function (one) { return one.offsetHeight > 0; }).length; }
  function seek(words, of) {
    text.value = words;
    group.value = of;
    text.dispatchEvent(new Event("input"));
    return shown();
  }
  said.search = {
    all: shown(), patient: seek("mh-1003", ""), held: seek("", "held"), asks: seek("", "asks"),
    nothing: seek("no such patient", "")
  };
  said.search.said = document.querySelector("#find output").textContent;
  var link = document.querySelector("#todo a.id"), target = document.getElementById(link.hash.slice(1));
  var hidden = target.hidden;
  link.click();
  window.dispatchEvent(new HashChangeEvent("hashchange"));
  said.search.followed = hidden && !target.hidden && target.querySelector("details").open;

  // A narrow page is asked in a frame of a wider one, which is read.
  var reader = window.parent.document;
  var told = reader.createElement("pre");
  told.id = "told";
  told.textContent = JSON.stringify(said);
  reader.body.appendChild(told);
})();
