/* SPDX-License-Identifier: Apache-2.0 */

#include "base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/library.h"

#define SHA256_SIZE 32

static struct {
	__typeof__(&EVP_MD_CTX_new) ctx_new;
	__typeof__(&EVP_MD_CTX_free) ctx_free;
	__typeof__(&EVP_sha256) sha256;
	__typeof__(&EVP_DigestInit_ex) init;
	__typeof__(&EVP_DigestUpdate) update;
	__typeof__(&EVP_DigestFinal_ex) final;
} crypto;

static const struct library_symbol crypto_symbols[] = {
	{"EVP_MD_CTX_new", (void **)&crypto.ctx_new},
	{"EVP_MD_CTX_free", (void **)&crypto.ctx_free},
	{"EVP_sha256", (void **)&crypto.sha256},
	{"EVP_DigestInit_ex", (void **)&crypto.init},
	{"EVP_DigestUpdate", (void **)&crypto.update},
	{"EVP_DigestFinal_ex", (void **)&crypto.final},
	{0},
};

struct digest {
	EVP_MD_CTX *ctx; /* owned */
	bool failed;
};

int digest_new(struct digest **ret, struct ncrun_error *err)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	int r;

	r = library_load("libcrypto.so.3", "libssl3", crypto_symbols, err);
	if (r < 0)
		return error_wrap(err, r, "SHA-256");
	digest = calloc(1, sizeof(*digest));
	if (!digest)
		return error_errno(err, "SHA-256");
	digest->ctx = crypto.ctx_new();
	if (!digest->ctx)
		return error_set(err, ENOMEM, "SHA-256: no memory");
	if (!crypto.init(digest->ctx, crypto.sha256(), NULL))
		return error_set(err, ENOTSUP, "SHA-256: refused by libcrypto's configuration");
	*ret = take_ptr(digest);
	return 0;
}

void digest_update(struct digest *digest, const void *bytes, size_t size)
{
	if (!crypto.update(digest->ctx, bytes, size))
		digest->failed = true;
}

void digest_finish(struct digest *digest, char ret[DIGEST_TEXT_SIZE])
{
	unsigned char bytes[EVP_MAX_MD_SIZE] = {0};
	unsigned int size = 0;

	if (!crypto.final(digest->ctx, bytes, &size) || size != SHA256_SIZE)
		digest->failed = true;
	/* no input makes SHA-256 fail; a name that no content has is better than a wrong one */
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest->failed ? 0 : bytes[i]);
}

struct digest *digest_free(struct digest *digest)
{
	if (digest && digest->ctx)
		crypto.ctx_free(digest->ctx);
	free(digest);
	return NULL;
}
