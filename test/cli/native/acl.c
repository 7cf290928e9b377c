/*
 * Gives a user all permissions for a file by an access control list: acl USER PATH
 *
 * The kernel's own form of it: include/uapi/linux/posix_acl_xattr.h.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>

struct entry {
  uint16_t tag, permissions;
  uint32_t id;
};

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, MASK = 16, OTHER = 32, NO_ID = 0xffffffff };

int main(int argc, char **argv) {
  if (argc != 3)
    return 99;
  struct {
    uint32_t version;
    struct entry entries[5];
  } list = {2,
            {{USER_OBJ, 7, NO_ID},
             {USER, 7, (uint32_t)atoi(argv[1])},
             {GROUP_OBJ, 5, NO_ID},
             {MASK, 7, NO_ID},
             {OTHER, 5, NO_ID}}};
  if (setxattr(argv[2], "system.posix_acl_access", &list, sizeof list, 0) != 0) {
    perror("setxattr");
    return 1;
  }
  return 0;
}
