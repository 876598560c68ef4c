// Nettle for Swift: the old digests and ciphers that Microsoft's protocols are made of, and the new
// ones that take their place. The functions bear their prefix: nettle_md4_init and so on.
#ifndef LOCKSTEP_CNETTLE_H
#define LOCKSTEP_CNETTLE_H

#include <nettle/arcfour.h>
#include <nettle/des.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha2.h>

// Overwrites what functions that were called just now, from where this is called, left on the
// stack: keys in blocks that Nettle works on and does not wipe.
void cn_scrub_stack(void);

#endif
