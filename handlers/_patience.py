"""What may not last for ever. In both part-handlers: the one with the runtime, and the one that fetches it."""
import threading


def within(seconds, work, *given):
    """What the work gives, in time. By a thread, which is left alone then: a server that sends a byte now and then, be it of a header, is never
    silent for the timeout of a socket."""
    got = []

    def do():
        try:
            got.append(work(*given))
        except Exception as fault:
            got.append(fault)

    thread = threading.Thread(target=do)
    thread.daemon = True
    thread.start()
    thread.join(seconds)
    if not got or isinstance(got[0], Exception):
        raise got[0] if got else EOFError("not done in %d s" % seconds)
    return got[0]
