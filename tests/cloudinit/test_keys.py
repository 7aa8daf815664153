"""The compiler's list of cloud-config keys against the cloud-init packages."""
import keys
import pytest

from layout import KEYS_FILE, OLDER_FILE, SUITES, suite_dir


@pytest.fixture(scope="module")
def known():
    return keys.known(KEYS_FILE)


def test_list_is_sorted_and_without_doubles(known):
    assert known == sorted(set(known))


@pytest.mark.parametrize("suite", SUITES)
def test_no_key_of_the_schema_is_missing(known, suite):
    assert sorted(keys.schema_keys(suite_dir(suite)) - set(known)) == []


@pytest.mark.parametrize("suite", SUITES)
def test_no_key_that_a_module_reads_is_missing(known, suite):
    found = keys.module_keys(suite_dir(suite))
    assert len(found) > 40, "the reader of module sources finds too little"
    assert sorted(found - set(known)) == []


def test_every_listed_key_stands_in_some_cloud_init(known):
    """A misspelled line would let a misspelled key of a user through."""
    said = set()
    for suite in SUITES:
        said |= keys.literals(suite_dir(suite)) | keys.schema_keys(suite_dir(suite))
    assert sorted(set(known) - said) == []


def older():
    rows = [line.split() for line in OLDER_FILE.read_text().splitlines() if not line.startswith("#")]
    return [(path.rpartition(".")[::2], newer) for path, newer in rows]


def test_an_older_name_is_one_that_cloud_init_calls_deprecated():
    """Said by the newest release, of that key and for that other one."""
    deprecated = keys.deprecated(suite_dir("sid"))
    assert len(older()) > 10
    for path, newer in older():
        assert "**%s**" % newer in deprecated[path], path


@pytest.mark.parametrize("suite", SUITES)
def test_every_release_reads_the_newer_name(suite):
    """What is advised must not do less on an older machine."""
    words = keys.words(suite_dir(suite))
    assert sorted(newer for _, newer in older() if newer not in words) == []
