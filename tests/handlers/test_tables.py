"""The tables of the blocks, one test a scenario."""
import pytest

import bundle
import tables

ROWS = list(tables.scenarios())


@pytest.mark.parametrize("block, name, scenario", ROWS, ids=["%s-%s" % row[:2] for row in ROWS])
def test_a_scenario(block, name, scenario):
    assert tables.faults(block, name, scenario, bundle.module([block])) == []


def test_a_block_has_a_table():
    """localfs and cvmfs have models of their own."""
    assert {block for block, _, _ in ROWS} == set(bundle.blocks()) - {"localfs", "cvmfs"}
