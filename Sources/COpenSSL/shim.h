#ifndef NIGHTSAFE_COPENSSL_SHIM_H
#define NIGHTSAFE_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

// What Swift cannot use itself: stacks are macros, and so are flags that are joined of others.

static inline STACK_OF(X509) *shim_certificates_new(void) { return sk_X509_new_null(); }

// Takes the certificate over if it returns more than 0.
static inline int shim_certificates_push(STACK_OF(X509) *list, X509 *certificate) {
  return sk_X509_push(list, certificate);
}

static inline void shim_certificates_free(STACK_OF(X509) *list) { sk_X509_pop_free(list, X509_free); }

// The digest by which the one signer of a message signed; NID_undef if there is not one.
static inline int shim_signer_digest(PKCS7 *message) {
  STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(message);
  if (signers == NULL || sk_PKCS7_SIGNER_INFO_num(signers) != 1) return NID_undef;
  X509_ALGOR *algorithm = NULL;
  PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(signers, 0), NULL, &algorithm, NULL);
  if (algorithm == NULL) return NID_undef;
  const ASN1_OBJECT *object = NULL;
  X509_ALGOR_get0(&object, NULL, NULL, algorithm);
  return OBJ_obj2nid(object);
}

static const unsigned long shim_name_flags = XN_FLAG_RFC2253;

#endif
