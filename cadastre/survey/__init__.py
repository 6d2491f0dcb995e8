"""Field measurement -> measured parcels: reading, adjustment, shared corners, checks."""

from cadastre.survey.adjust import adjust_network
from cadastre.survey.adjust_result import Adjustment
from cadastre.survey.reading import SurveyReading, read_survey

__all__ = ["Adjustment", "SurveyReading", "adjust_network", "read_survey"]
