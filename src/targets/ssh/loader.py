import base64, hashlib, json, sys, zlib
text = sys.stdin.read().strip()
if hashlib.sha256(text.encode("ascii", "replace")).hexdigest() != "@SHA256@":
    sys.stderr.write("contextc: the file did not arrive whole, nothing was done: send it again\n")
    sys.exit(2)
sent = json.loads(zlib.decompress(base64.b64decode(text), 31).decode("ascii"))
scope = {"__name__": "contextc_handlers", "__file__": "/var/lib/contextc/handler.py"}
exec(compile(sent["handler"], scope["__file__"], "exec"), scope)
sys.exit(scope["send"](sent))
