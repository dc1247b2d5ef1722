"""An authority for time stamps (RFC 3161), made of openssl(1): for scripts that try what an outside authority would do."""

import pathlib
import subprocess

CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = terms
[terms]
serial = serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
tsa_name = yes
ess_cert_id_alg = sha256
"""
KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config config".split()


class Authority:
    """Its root is `root.pem` in its folder; `environment` is that of openssl(1), which may have a clock of its own."""

    def __init__(self, folder: pathlib.Path, days: int = 30, environment: dict[str, str] | None = None):
        self.folder, self.environment = folder, environment
        folder.mkdir()
        (folder / "config").write_text(CONFIG)
        self.openssl("req", "-x509", *KEY, "-keyout", "root.key", "-out", "root.pem", "-days", "9000", "-subj", "/CN=Test root", "-extensions", "authority")
        self.openssl("req", *KEY, "-keyout", "signer.key", "-out", "signer.csr", "-subj", "/CN=Test stamps")
        self.openssl("x509", "-req", "-in", "signer.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-days", str(days), "-extfile", "config",
                     "-extensions", "signer", "-out", "signer.pem")

    @property
    def root(self) -> pathlib.Path:
        return self.folder / "root.pem"

    def openssl(self, *arguments: str) -> str:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def answer(self, query: pathlib.Path, response: pathlib.Path) -> None:
        """What curl would do with a query: the response is written to a file."""
        self.openssl("ts", "-reply", "-config", "config", "-queryfile", str(query), "-inkey", "signer.key", "-signer", "signer.pem", "-out", str(response))
