#include "app/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

namespace almanac::app {
namespace {

std::string paint(bool colour, const char* code, std::string_view text) {
  return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

}  // namespace

std::string Style::bold(std::string_view text) const {
  return paint(colour, "1", text);
}
std::string Style::good(std::string_view text) const {
  return paint(colour, "32", text);
}
std::string Style::warning(std::string_view text) const {
  return paint(colour, "33", text);
}
std::string Style::bad(std::string_view text) const {
  return paint(colour, "31", text);
}

Style style_of(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return {isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0') && !dumb};
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  bool escape = false;
  for (const char c : text) {
    if (escape) {
      escape = c != 'm';
    } else if (c == '\x1b') {
      escape = true;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++width;
    }
  }
  return width;
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(const Style& style) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  std::string all;
  const auto line = [&](auto&& cell_of) {
    std::string one;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = cell_of(i);
      const std::string pad(widths[i] - display_width(cell), ' ');
      one += (i == 0 ? "" : "  ") + (columns_[i].align == Align::left ? cell + pad : pad + cell);
    }
    one.erase(one.find_last_not_of(' ') + 1);
    all += one + "\n";
  };
  line([&](std::size_t i) { return style.bold(columns_[i].title); });
  line([&](std::size_t i) { return std::string(widths[i], '-'); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return all;
}

ProgressBar::ProgressBar(std::ostream& out, bool enabled)
    : out_(out), enabled_(enabled), started_(std::chrono::steady_clock::now()), drawn_(started_) {}

ProgressBar::~ProgressBar() {
  clear();
}

ProgressSink ProgressBar::sink() {
  if (!enabled_) return {};
  return [this](const Progress& progress) { show(progress); };
}

void ProgressBar::clear() {
  if (shown_) out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

void ProgressBar::show(const Progress& progress) {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now();
  if (progress.task != task_) {
    task_ = progress.task;
    started_ = now;
  }
  const double share = progress.total > 0 ? std::clamp(progress.done / progress.total, 0.0, 1.0) : 0.0;
  if (share >= 1) return clear();
  if (now - started_ < milliseconds(1000) || now - drawn_ < milliseconds(100)) return;
  drawn_ = now;
  constexpr int kWidth = 28;
  const int full = static_cast<int>(share * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < full ? "█" : "░";
  std::string left;
  if (share > 0.02) {
    const double taken = std::chrono::duration<double>(now - started_).count();
    left = fmt::format(", {:.0f} s left", taken / share * (1 - share));
  }
  out_ << fmt::format("\r\x1b[K{} {} {:3.0f} %{}{}{}", progress.task, bar, 100 * share, left,
                      progress.detail.empty() ? "" : "  ", progress.detail)
       << std::flush;
  shown_ = true;
}

}  // namespace almanac::app
