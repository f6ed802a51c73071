// What Lambda executes: starts the program beside it through the loader and libraries beside it, because the operating
// system's C library is older than the one the program was built with. Static, so that it needs nothing; a shell script
// would need a shell, and its time.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void join(char* to, const char* folder, const char* name) {
  if (snprintf(to, PATH_MAX, "%s%s", folder, name) >= PATH_MAX) {
    fputs("bootstrap: the path of its folder is too long\n", stderr);
    exit(1);
  }
}

int main(void) {
  char folder[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
  if (length < 0) {
    perror("bootstrap: /proc/self/exe");
    return 1;
  }
  folder[length] = '\0';
  *strrchr(folder, '/') = '\0';

  char loader[PATH_MAX], libraries[PATH_MAX], program[PATH_MAX];
  join(loader, folder, "/lib/ld-linux-x86-64.so.2");
  join(libraries, folder, "/lib");
  join(program, folder, "/bin/almanac-lambda");
  // No look into the system's cache of libraries: what runs is what was tested.
  execl(loader, loader, "--inhibit-cache", "--library-path", libraries, program, (char*)NULL);
  perror("bootstrap: lib/ld-linux-x86-64.so.2");
  return 1;
}
