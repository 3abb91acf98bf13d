// OpenSSL 3 as Swift can see it: its function-like macros do not import, so each one we use has a function here.
// Nothing else belongs here: no policy, no loops, no allocation.
#ifndef TILL_COPENSSL_SHIM_H
#define TILL_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline long till_bio_mem(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }
static inline size_t till_bio_pending(BIO *bio) { return BIO_ctrl_pending(bio); }
static inline void till_bio_eof_means_retry(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

/* Options are built by macros that do not import. Renegotiation lets a peer start a second handshake at will. */
static inline void till_ctx_harden(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}
static inline int till_ctx_versions(SSL_CTX *context, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(context, lowest) && SSL_CTX_set_max_proto_version(context, highest);
}

/* Sessions travel in tickets, so a server keeps none: a cache would be memory that strangers can fill. */
static inline void till_ctx_keep_no_sessions(SSL_CTX *context, long seconds) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, seconds);
}

/* Resuming checks no certificate, and each resumed session brings a fresh ticket with a life of its own: a peer that
   comes back in time would never be asked for its certificate again. So its end ends its sessions as well. */
static inline int till_session_peer_ended(const SSL_SESSION *session) {
    X509 *peer = SSL_SESSION_get0_peer((SSL_SESSION *)session);
    return peer && X509_cmp_current_time(X509_get0_notAfter(peer)) <= 0;
}
static SSL_TICKET_RETURN till_take_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t length,
                                          SSL_TICKET_STATUS status, void *data) {
    (void)ssl; (void)name; (void)length; (void)data;
    switch (status) {
    case SSL_TICKET_SUCCESS:
        return till_session_peer_ended(session) ? SSL_TICKET_RETURN_IGNORE_RENEW : SSL_TICKET_RETURN_USE;
    case SSL_TICKET_SUCCESS_RENEW:
        return till_session_peer_ended(session) ? SSL_TICKET_RETURN_IGNORE_RENEW : SSL_TICKET_RETURN_USE_RENEW;
    case SSL_TICKET_EMPTY:
    case SSL_TICKET_NO_DECRYPT: return SSL_TICKET_RETURN_IGNORE_RENEW;
    default: return SSL_TICKET_RETURN_ABORT;
    }
}
static inline int till_ctx_take_tickets(SSL_CTX *context) {
    return SSL_CTX_set_session_ticket_cb(context, 0, till_take_ticket, 0);
}

/* Without this OpenSSL asks the terminal for the passphrase of an encrypted key. */
static int till_no_passphrase(char *buffer, int size, int writing, void *data) {
    (void)buffer; (void)size; (void)writing; (void)data;
    return 0;
}
static inline void till_ctx_never_ask(SSL_CTX *context) {
    SSL_CTX_set_default_passwd_cb(context, till_no_passphrase);
}

/* ALPN: http/1.1 and nothing else; a client that offers only others gets a fatal alert (RFC 7301 3.2). */
static const unsigned char till_alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
static int till_select_alpn(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *offered,
                            unsigned int offered_length, void *data) {
    (void)ssl; (void)data;
    unsigned char *chosen = 0;
    int found = SSL_select_next_proto(&chosen, length, till_alpn, sizeof till_alpn, offered, offered_length);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}
static inline void till_ctx_accept_http(SSL_CTX *context) {
    SSL_CTX_set_alpn_select_cb(context, till_select_alpn, 0);
}
static inline int till_ctx_offer_http(SSL_CTX *context) {
    return SSL_CTX_set_alpn_protos(context, till_alpn, sizeof till_alpn) == 0;
}
static inline int till_ssl_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

/* The DNS names of a certificate: its stack type is made of macros. The pointer lives as long as `names`. */
static inline GENERAL_NAMES *till_alternative_names(X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, 0, 0);
}
static inline int till_alternative_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline int till_alternative_dns(const GENERAL_NAMES *names, int index, const unsigned char **start) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name->type != GEN_DNS) return -1;
    *start = ASN1_STRING_get0_data(name->d.dNSName);
    return ASN1_STRING_length(name->d.dNSName);
}

#endif
