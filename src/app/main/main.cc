#include "app/command_line.h"

int main(int argc, char** argv) {
  return almanac::app::run_program(argc, argv);
}
