#!/usr/bin/env python3
"""A second implementation of the HPKE suite that NightSafe seals keys with.

It stands on PyPI's `cryptography`, version 48 or newer. All arguments and results are hexadecimal.

    hpke-interop.py check                      exit 0 if the library is new enough
    hpke-interop.py public-key SEED            the 1216-byte X-Wing public key
    hpke-interop.py seal SEED INFO PLAINTEXT   encapsulated key, ciphertext, tag
    hpke-interop.py open SEED INFO SEALED      the plaintext; exit 1 if it does not open
    hpke-interop.py vectors                    Tests/Vectors/hpke-xwing/sealed.json, anew
"""

import hashlib
import json
import sys

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives import hpke, serialization
    from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
except ImportError:
    sys.exit("hpke-interop: cryptography 48 or newer is needed")


def private_key(seed):
    # draft-connolly-cfrg-xwing-kem, section 5.2: the seed expands to both private keys.
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def public_key(seed):
    expanded = hashlib.shake_256(seed).digest(96)
    raw = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return (
        mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes(*raw)
        + x25519.X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes(*raw)
    )


def suite():
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def seal(seed, info, plaintext):
    return suite().encrypt(plaintext, private_key(seed).public_key(), info=info)


def vectors():
    cases = []
    for number, (info, plaintext) in enumerate(
        [(b"", b""), (b"nightsafe test", bytes(range(32))), (bytes(range(200)), b"x" * 1000)]
    ):
        seed = hashlib.sha256(b"hpke-xwing vector %d" % number).digest()
        cases.append(
            {
                "seed": seed.hex(),
                "publicKey": public_key(seed).hex(),
                "info": info.hex(),
                "plaintext": plaintext.hex(),
                "sealed": seal(seed, info, plaintext).hex(),
            }
        )
    return json.dumps(cases, indent=1)


def main(arguments):
    verb, values = arguments[0], [bytes.fromhex(a) for a in arguments[1:]]
    if verb == "check":
        suite()
    elif verb == "public-key":
        print(public_key(*values).hex())
    elif verb == "seal":
        print(seal(*values).hex())
    elif verb == "open":
        seed, info, sealed = values
        try:
            print(suite().decrypt(sealed, private_key(seed), info=info).hex())
        except (InvalidTag, ValueError):
            sys.exit(1)
    elif verb == "vectors":
        print(vectors())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:] or ["help"])
