# Sourced where uv is called. It does not read pip's settings: a mirror or a certificate that is set for pip is meant
# for us too. What was set for uv itself stays.

# What pip's environment or configuration says: `of_pip index-url`. (`pip config get` reads but one of its files.)
of_pip() {
  .venv/bin/pip config list 2>/dev/null | sed -nE "s/^(:env:|global|install)\.$1='(.*)'\$/\2/p" | head -n 1
}

mirror=$(of_pip index-url)
if [ -n "$mirror" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
  export UV_DEFAULT_INDEX=$mirror
fi
certificates=$(of_pip cert)
if [ -f "$certificates" ] && [ -z "${SSL_CERT_FILE:-}" ]; then
  export SSL_CERT_FILE=$certificates
fi
