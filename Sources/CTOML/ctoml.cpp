// toml++ 3.3 meets some wrong texts, `a = [}` among them, with an assertion: an abort, or undefined
// behaviour if assertions are off. Here they are exceptions, and none leaves this file.
struct assertion_failed {};
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void() : throw assertion_failed())
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 64
#include "include/ctoml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <vector>

struct ctoml_document {
  toml::table root;
  std::vector<ctoml_node> nodes;
  // A deque never moves its elements, so nodes may point into them.
  std::deque<std::string> texts;
  bool failed = false;
  std::string error;
  ctoml_place error_place{1, 1};

  void fail(std::string message, ctoml_place at) {
    failed = true;
    error = std::move(message);
    error_place = at;
  }
};

namespace {

ctoml_place place(const toml::source_region &region) {
  return {static_cast<uint32_t>(region.begin.line), static_cast<uint32_t>(region.begin.column)};
}

template <typename T>
void date_time(ctoml_document &document, ctoml_node &record, const T &value) {
  std::ostringstream out;
  out << value;
  const std::string &text = document.texts.emplace_back(out.str());
  record.kind = CTOML_DATE_TIME;
  record.text = text.data();
  record.text_length = text.size();
}

void scalar(ctoml_document &document, ctoml_node &record, const toml::node &node) {
  if (auto text = node.as_string()) {
    record.kind = CTOML_STRING;
    record.text = text->get().data();
    record.text_length = text->get().size();
  } else if (auto integer = node.as_integer()) {
    record.kind = CTOML_INTEGER;
    record.integer = integer->get();
  } else if (auto real = node.as_floating_point()) {
    record.kind = CTOML_FLOAT;
    record.real = real->get();
  } else if (auto boolean = node.as_boolean()) {
    record.kind = CTOML_BOOLEAN;
    record.boolean = boolean->get();
  } else if (auto date = node.as_date()) {
    date_time(document, record, date->get());
  } else if (auto time = node.as_time()) {
    date_time(document, record, time->get());
  } else if (auto both = node.as_date_time()) {
    date_time(document, record, both->get());
  }
}

struct entry {
  const toml::key *key;
  const toml::node *node;
};

// toml++ keeps a table sorted by key; its keys' places restore the order of the file.
std::vector<entry> entries(const toml::table &table) {
  std::vector<entry> list;
  list.reserve(table.size());
  for (auto it = table.cbegin(); it != table.cend(); ++it) {
    list.push_back({&it->first, &it->second});
  }
  std::stable_sort(list.begin(), list.end(), [](const entry &a, const entry &b) {
    const auto &x = a.key->source().begin;
    const auto &y = b.key->source().begin;
    return x.line != y.line ? x.line < y.line : x.column < y.column;
  });
  return list;
}

void append(ctoml_document &document, const toml::node &node, const toml::key *key) {
  ctoml_node record{};
  record.place = place(node.source());
  if (key) {
    record.key = key->data();
    record.key_length = key->length();
    record.key_place = place(key->source());
  }
  if (auto table = node.as_table()) {
    record.kind = CTOML_TABLE;
    record.children = table->size();
    document.nodes.push_back(record);
    for (const entry &child : entries(*table)) append(document, *child.node, child.key);
  } else if (auto array = node.as_array()) {
    record.kind = CTOML_ARRAY;
    record.children = array->size();
    document.nodes.push_back(record);
    for (const toml::node &child : *array) append(document, child, nullptr);
  } else {
    scalar(document, record, node);
    document.nodes.push_back(record);
  }
}

// A key of a million parts makes as many nested tables, and walking or freeing those would overflow
// the stack. toml++ limits nested values, but not the parts of a key.
constexpr unsigned max_key_parts = 32;

// The end of the string that starts at `start`: the offset behind its closing quotes, or of the
// line break that cuts it off.
size_t string_end(std::string_view text, size_t start) {
  const char quote = text[start];
  const bool is_long = text.substr(start, 3) == std::string(3, quote);
  for (size_t i = start + (is_long ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == '\n' && !is_long) {
      return i;
    } else if (text[i] == quote && !is_long) {
      return i + 1;
    } else if (text[i] == quote && text.substr(i, 3) == std::string(3, quote)) {
      return i + 3;
    }
  }
  return text.size();
}

ctoml_place place_at(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {static_cast<uint32_t>(lines + 1), static_cast<uint32_t>(offset - line_start + 1)};
}

// Finds a key of too many parts: more dots outside strings and comments than a key may have,
// without anything between them that ends a key.
bool has_long_key(std::string_view text, ctoml_place &at) {
  unsigned dots = 0;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '"' || c == '\'') {
      i = string_end(text, i);
    } else {
      if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) dots = 0;
      if (c == '.' && ++dots == max_key_parts) {
        at = place_at(text, i);
        return true;
      }
      ++i;
    }
  }
  return false;
}

bool asserts(std::string_view text) {
  try {
    (void)toml::parse(text);
  } catch (const assertion_failed &) {
    return true;
  } catch (const toml::parse_error &) {
  }
  return false;
}

// The line that makes the parser fail its assertion. It reads from front to back, so every text
// that goes on to this line fails too, and no shorter one.
ctoml_place assertion_place(std::string_view text) {
  std::vector<size_t> ends;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ends.push_back(i + 1);
  }
  ends.push_back(text.size());
  const auto line = std::partition_point(
      ends.begin(), ends.end(), [&](size_t end) { return !asserts(text.substr(0, end)); });
  const auto index = std::min<ptrdiff_t>(line - ends.begin(), ends.size() - 1);
  return {static_cast<uint32_t>(index + 1), 1};
}

void parse(ctoml_document &document, std::string_view text) {
  ctoml_place long_key;
  if (has_long_key(text, long_key)) {
    document.fail("a key has more than " + std::to_string(max_key_parts) + " parts", long_key);
    return;
  }
  try {
    document.root = toml::parse(text);
    append(document, document.root, nullptr);
  } catch (const toml::parse_error &error) {
    document.fail(std::string(error.description()), place(error.source()));
  } catch (const assertion_failed &) {
    document.fail("the parser can make no sense of this line", assertion_place(text));
  }
}

}  // namespace

extern "C" ctoml_document *ctoml_parse(const char *text, size_t length) {
  try {
    auto document = std::make_unique<ctoml_document>();
    parse(*document, std::string_view(text, length));
    return document.release();
  } catch (...) {
    return nullptr;
  }
}

extern "C" const char *ctoml_error(const ctoml_document *document, ctoml_place *place) {
  if (!document->failed) return nullptr;
  *place = document->error_place;
  return document->error.c_str();
}

extern "C" const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
  *count = document->nodes.size();
  return document->nodes.data();
}

extern "C" void ctoml_free(ctoml_document *document) { delete document; }
