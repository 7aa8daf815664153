"""What the machine keeps of each block: what was asked for and answered, for `contextc simulate` to replay. Root's alone; what may be a secret is in it as a digest."""
import json

# Of what a tool wrote the record has so many characters, the last.
RECORDED = 1 << 16


def sealed(value):
    """What may be a secret, as the record has it: a digest. A digest stays one, so that what is made of it in a replay is the same."""
    data = raw(value if hasattr(value, "lower") else json.dumps(value, sort_keys=True))
    return data.decode("latin-1") if re.match(b"(sha256:[0-9a-f]{64}|[0-9a-f]{64} +/\\S+\n?)?$", data) else "sha256:" + digest(data)


def stated(asked):
    """An action as the record has it. The text of what everybody may read (`Line`, `Section`) is no secret; the words of a user's command
    (``last``) may be."""
    facts = dict(vars(asked))
    for key in ["stdin", "env", "url"] + ["text"] * ("mode" in facts) + ["argv"] * bool(facts.get("secret") or facts.get("last")):
        if facts.get(key):
            facts[key] = sealed(facts[key])
    return facts


def answered(asked, answer):
    """An answer as the record has it. What a user's command wrote may hold a secret of its own."""
    if hasattr(answer, "err"):
        answer, given, hide = dict(vars(answer)), vars(asked).get("stdin"), "last" in vars(asked) and (asked.secret or asked.last)
        for key in "out", "err":
            answer[key] = sealed(answer[key]) if hide else hushed(answer[key], given)[-RECORDED:]
    return answer


def write_record(name, record):
    """Whole and when the block is done: it may have mounted a volume over the directory."""
    try:
        store(HOME + "record/" + name, raw(json.dumps(record, default=vars)))
    except Exception:
        # Without it all is as well.
        pass
