"""The compiler's list of cloud-config keys against the cloud-init packages."""
import keys
import pytest

from layout import KEYS_FILE, SUITES, suite_dir


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
