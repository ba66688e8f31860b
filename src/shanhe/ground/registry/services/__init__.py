"""What people do with the registry: register, change, retire areas, waters, facilities and their shapes."""

from shanhe.ground.registry.services.areas import (
    area_change,
    area_retire,
    forest_unit_register,
    reach_register,
)
from shanhe.ground.registry.services.batches import areas_import, facilities_import, waters_import
from shanhe.ground.registry.services.cutting import ReachCut, reach_end_move, reaches_cut
from shanhe.ground.registry.services.drawing import AreaDrawn, NewWater, area_draw, area_mend
from shanhe.ground.registry.services.files import registry_import
from shanhe.ground.registry.services.purging import purge_simulated
from shanhe.ground.registry.services.shapes import shape_set
from shanhe.ground.registry.services.stickers import checkpoints_add, sticker_replace, stickers_issue
from shanhe.ground.registry.services.things import facility_register, water_register

__all__ = [
    "AreaDrawn",
    "NewWater",
    "ReachCut",
    "area_change",
    "area_draw",
    "area_mend",
    "area_retire",
    "areas_import",
    "checkpoints_add",
    "facilities_import",
    "facility_register",
    "forest_unit_register",
    "purge_simulated",
    "reach_end_move",
    "reach_register",
    "reaches_cut",
    "registry_import",
    "shape_set",
    "sticker_replace",
    "stickers_issue",
    "water_register",
    "waters_import",
]
