from django.urls import path

from courses.views import assistants, catalogue, materials, sections, terms

app_name = "courses"
COURSE, SECTION = "courses/<uuid:public_id>/", "sections/<uuid:public_id>/"
urlpatterns = [
    path("terms/", terms.term_list, name="term_list"),
    path("terms/new/", terms.term_create, name="term_create"),
    path("terms/<uuid:public_id>/edit/", terms.term_edit, name="term_edit"),
    path("subjects/", catalogue.subject_list, name="subject_list"),
    path("subjects/new/", catalogue.subject_create, name="subject_create"),
    path("subjects/<uuid:public_id>/edit/", catalogue.subject_edit, name="subject_edit"),
    path("courses/", catalogue.course_list, name="course_list"),
    path("courses/new/", catalogue.course_create, name="course_create"),
    path(COURSE, catalogue.course_detail, name="course_detail"),
    path(f"{COURSE}edit/", catalogue.course_edit, name="course_edit"),
    path(f"{COURSE}requirements/", catalogue.course_requirements, name="course_requirements"),
    path(f"{COURSE}publish/", catalogue.course_deed, {"deed": "publish"}, name="course_publish"),
    path(f"{COURSE}archive/", catalogue.course_deed, {"deed": "archive"}, name="course_archive"),
    path(f"{COURSE}restore/", catalogue.course_deed, {"deed": "restore"}, name="course_restore"),
    path("sections/", sections.section_list, name="section_list"),
    path("sections/new/", sections.section_create, name="section_create"),
    path(SECTION, sections.section_detail, name="section_detail"),
    path(f"{SECTION}edit/", sections.section_edit, name="section_edit"),
    path(f"{SECTION}instructors/", sections.section_instructors, name="section_instructors"),
    path(f"{SECTION}assistants/", assistants.section_assistants, name="section_assistants"),
    path("section-assistants/<uuid:public_id>/", assistants.assistant_edit, name="assistant_edit"),
    path("section-assistants/<uuid:public_id>/remove/", assistants.assistant_remove, name="assistant_remove"),
    path(f"{SECTION}requirements/", sections.section_requirements, name="section_requirements"),
    path(f"{SECTION}cross-listing/", sections.section_cross_list, name="section_cross_list"),
    path(f"{SECTION}cross-listing/end/", sections.section_cross_list_end, name="section_cross_list_end"),
    path(f"{SECTION}open/", sections.section_deed, {"deed": "open"}, name="section_open"),
    path(f"{SECTION}close/", sections.section_deed, {"deed": "close"}, name="section_close"),
    path(f"{SECTION}complete/", sections.section_deed, {"deed": "complete"}, name="section_complete"),
    path(f"{SECTION}cancel/", sections.section_deed, {"deed": "cancel"}, name="section_cancel"),
    path(f"{SECTION}restore/", sections.section_deed, {"deed": "restore"}, name="section_restore"),
    path(f"{SECTION}files/", materials.material_list, name="material_list"),
    path("section-files/<uuid:public_id>/", materials.material_file, name="material_file"),
    path("section-files/<uuid:public_id>/remove/", materials.material_remove, name="material_remove"),
    path("teaching/", sections.my_sections, name="my_sections"),
]
