"""cloud-init's own verdict on cloud-config files: what `cloud-init schema -c FILE` does, for many files in one process.

    judge.py PACKAGES FILE...    PACKAGES: the dist-packages of an unpacked cloud-init

Writes JSON: for each file the paths of its faults and of what is deprecated in it.
"""
import contextlib
import io
import json
import sys


def verdict(schema, file):
    """{"errors": [path, ...], "deprecated": [path, ...]} of one file."""
    found = {"errors": [], "deprecated": []}
    validate = schema.validate_cloudconfig_schema

    def watched(config, *words, **more):
        try:
            return validate(config, *words, **more)
        except schema.SchemaValidationError as error:
            found["deprecated"] = [problem.path for problem in error.schema_deprecations]
            raise

    schema.validate_cloudconfig_schema = watched
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            schema.validate_cloudconfig_file(file, schema.get_schema())
    except schema.SchemaValidationError as error:
        found["errors"] = [problem.path for problem in error.schema_errors]
    finally:
        schema.validate_cloudconfig_schema = validate
    return found


def main(packages, files):
    sys.path.insert(0, packages)
    from cloudinit.config import schema
    json.dump([verdict(schema, file) for file in files], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
