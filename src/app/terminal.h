#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "core/progress.h"

namespace almanac::app {

// How to write to a person: colour only where a terminal reads it and NO_COLOR is not set.
struct Style {
  bool colour = false;

  std::string bold(std::string_view text) const;
  std::string good(std::string_view text) const;     // green
  std::string warning(std::string_view text) const;  // yellow
  std::string bad(std::string_view text) const;      // red
};

// Style for a file descriptor (1 stdout, 2 stderr), from isatty, NO_COLOR and TERM.
Style style_of(int descriptor);

// Columns that fit their contents; numbers to the right. Cells count as wide as their code points, escape sequences as
// nothing.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells);
  // Title line, rule, rows; each ends with a line feed, none with blanks.
  std::string text(const Style& style = {}) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Code points of UTF-8 text outside of escape sequences.
std::size_t display_width(std::string_view text);

// A bar on stderr for work that has taken over a second; nothing where no terminal reads it. The time left is
// extrapolated from the share that is done.
class ProgressBar {
 public:
  explicit ProgressBar(std::ostream& out, bool enabled);
  ~ProgressBar();
  ProgressSink sink();
  // Wipes the bar, before other output.
  void clear();

 private:
  void show(const Progress& progress);

  std::ostream& out_;
  bool enabled_;
  bool shown_ = false;
  std::string task_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace almanac::app
