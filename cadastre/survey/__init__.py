"""Field measurement -> measured parcels: reading, shared corners, checks."""

from cadastre.survey.reading import SurveyReading, read_survey

__all__ = ["SurveyReading", "read_survey"]
