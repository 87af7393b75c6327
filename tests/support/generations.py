"""The first generation of an empty catalogue, built once and then copied for each test."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.database import Database
    from service.settings import Settings


@dataclass(frozen=True, slots=True)
class FirstGeneration:
    """What a first rebuild leaves behind."""

    folder: Path
    """Of all generations, here one."""
    facts: dict[str, str]
    """What the database knows about itself: the UUID that the generation names, and its number."""

    def copy_to(self, database: "Database", settings: "Settings") -> None:
        """Make it the generation of a new database, which takes over its UUID."""
        from sqlalchemy import delete, insert

        from service.models import Meta

        shutil.copytree(self.folder, settings.generations_dir)
        with database.write_engine.begin() as connection:
            connection.execute(delete(Meta).where(Meta.name.in_(self.facts)))
            rows = [{"name": name, "value": value} for name, value in self.facts.items()]
            connection.execute(insert(Meta), rows)


def first_generation(template: Path, folder: Path) -> FirstGeneration:
    """Rebuild a copy of a migrated SQLite database."""
    from sqlalchemy import select

    from index.generations import GenerationStore
    from service.database import Database
    from service.indexing import run_rebuild
    from service.indexing.identity import GENERATION_NAME, UUID_NAME
    from service.models import Meta
    from service.settings import Settings

    shutil.copyfile(template, folder / "segue.db")
    url = f"sqlite:///{folder / 'segue.db'}"
    settings = Settings.model_validate({"database_url": url, "data_dir": folder / "data"})
    database = Database(url)
    run_rebuild(database, GenerationStore(settings.generations_dir), settings)
    with database.reading() as session:
        known = select(Meta.name, Meta.value).where(Meta.name.in_([UUID_NAME, GENERATION_NAME]))
        rows = session.execute(known).all()
    database.dispose()
    facts = {str(row.name): str(row.value) for row in rows}
    return FirstGeneration(settings.generations_dir, facts)
