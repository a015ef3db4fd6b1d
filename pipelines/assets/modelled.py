"""The dbt models as assets, in two builds: the ground that decisions stand on, and what follows from decisions."""

from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from pipelines.assets.keys import DECIDED_TABLES, WAREHOUSE_POOL
from pipelines.modelling import MANIFEST, build_arguments, export_environment
from pipelines.resources import HomeResource
from pipelines.warehouse import clear_restatement, note_run


class Translator(DagsterDbtTranslator):
    """dbt's sources are our raw tables, its folders our groups, and the circle of decisions is cut open.

    The ground reads the decisions of earlier runs, which are in landing already: within one run that is no edge.
    """

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        spec = spec.replace_attributes(group_name=node["fqn"][1] if node["fqn"][1] != "marts" else node["fqn"][2])
        if "ground" in node.get("tags", ()):
            return spec.replace_attributes(deps=[d for d in spec.deps if d.asset_key not in DECIDED_TABLES.values()])
        if "decisions" in node.get("tags", ()):
            # The last decisions of a run: every model that follows from decisions is built after them.
            last = {DECIDED_TABLES["exports"], DECIDED_TABLES["safety_stock"]} - {d.asset_key for d in spec.deps}
            return spec.merge_attributes(deps=sorted(last))
        return spec


_TRANSLATOR = Translator()


@dbt_assets(manifest=MANIFEST, select="tag:ground", dagster_dbt_translator=_TRANSLATOR, pool=WAREHOUSE_POOL)
def ground(context: dg.AssetExecutionContext, dbt: DbtCliResource, oms: HomeResource) -> Iterator[Any]:
    yield from _build(context, dbt, oms, "ground")


@dbt_assets(manifest=MANIFEST, select="tag:decisions", dagster_dbt_translator=_TRANSLATOR, pool=WAREHOUSE_POOL)
def decisions(context: dg.AssetExecutionContext, dbt: DbtCliResource, oms: HomeResource) -> Iterator[Any]:
    yield from _build(context, dbt, oms, "decisions")
    clear_restatement(oms.home)


def _build(context: dg.AssetExecutionContext, dbt: DbtCliResource, oms: HomeResource, tag: str) -> Iterator[Any]:
    home = oms.home
    export_environment(home)
    note_run(home, oms.ticket(context).business_date)
    # What dbt says goes to a file; what went wrong comes back as Dagster's failure.
    with (home.scratch / f"dbt-{tag}.log").open("w", encoding="utf-8") as log, redirect_stdout(log):
        yield from dbt.cli(build_arguments(tag), context=context, target_path=home.dbt_target / tag).stream()
