"use strict";
// The page is whole without this. It adds a search, unfolds what a link leads to, and unfolds for paper.
(function () {
  var place = document.getElementById("find");
  var rows = Array.prototype.slice.call(document.querySelectorAll("#transfers tbody.t"));
  var words = place ? place.dataset : {};
  var texts = [];
  var text, group, shown;

  function element(name, properties, inside) {
    var made = document.createElement(name);
    Object.keys(properties).forEach(function (key) { made[key] = properties[key]; });
    (inside || []).forEach(function (one) { made.appendChild(one); });
    return made;
  }

  function labelled(label, field) {
    return element("div", {}, [element("label", { htmlFor: field.id, textContent: label }), field]);
  }

  function wanted(row, at, sought) {
    if (group.value === "asks" && !row.hasAttribute("data-a")) { return false; }
    if (group.value !== "" && group.value !== "asks" && row.dataset.g !== group.value) { return false; }
    return sought.every(function (word) { return texts[at].indexOf(word) >= 0; });
  }

  function look() {
    if (texts.length === 0) { texts = rows.map(function (row) { return row.textContent.toLowerCase(); }); }
    var sought = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    rows.forEach(function (row, at) {
      var is = wanted(row, at, sought);
      row.hidden = !is;
      count += is ? 1 : 0;
    });
    var all = count === rows.length;
    shown.textContent = all ? "" : words.shown.replace("{n}", count).replace("{m}", rows.length);
  }

  // What a link leads to is there, whatever was sought.
  function follow() {
    var target = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    var row = target ? target.closest("tbody.t") : null;
    if (!row) { return; }
    if (row.hidden) {
      text.value = "";
      group.value = "";
      look();
    }
    var more = row.querySelector("details");
    if (more && target === row) { more.open = true; }
    target.scrollIntoView();
  }

  if (place) {
    text = element("input", { type: "search", id: "find-text", autocomplete: "off", spellcheck: false });
    group = element("select", { id: "find-group" }, [
      element("option", { value: "", textContent: words.all }),
      element("option", { value: "asks", textContent: words.asks })
    ].concat(words.groups.split("|").filter(Boolean).map(function (pair) {
      var at = pair.indexOf("=");
      return element("option", { value: pair.slice(0, at), textContent: pair.slice(at + 1) });
    })));
    shown = element("output", { htmlFor: "find-text find-group" });
    shown.setAttribute("role", "status");
    place.setAttribute("role", "search");
    place.appendChild(labelled(words.find, text));
    place.appendChild(labelled(words.group, group));
    place.appendChild(shown);
    text.addEventListener("input", look);
    group.addEventListener("change", look);
    window.addEventListener("hashchange", follow);
    follow();
  }

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.filter.call(document.querySelectorAll("details.print"), function (one) { return !one.open; });
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (one) { one.open = false; });
  });
})();
