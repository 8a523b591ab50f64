"""HTML input of the catalogue."""

from courses.forms.catalogue import CourseForm, RequirementsForm, SubjectForm, TermForm
from courses.forms.facts import CampusInstantField, ConfirmForm, FactsForm, SeenForm, attempt, put
from courses.forms.filters import CourseFilterForm, SectionFilterForm, TermFilterForm
from courses.forms.sections import CrossListForm, DescriptionForm, NewSectionForm, SectionForm
from courses.forms.teaching import PersonField, TeachingForm, TeachingFormSet

__all__ = [
    "CampusInstantField",
    "ConfirmForm",
    "CourseFilterForm",
    "CourseForm",
    "CrossListForm",
    "DescriptionForm",
    "FactsForm",
    "NewSectionForm",
    "PersonField",
    "RequirementsForm",
    "SectionFilterForm",
    "SectionForm",
    "SeenForm",
    "SubjectForm",
    "TeachingForm",
    "TeachingFormSet",
    "TermFilterForm",
    "TermForm",
    "attempt",
    "put",
]
