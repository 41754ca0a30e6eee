import type { OperationContext } from '../operations/context';
import type {
  CourseList,
  CourseView,
  CreateCourse,
  ListCourses,
  RenameCourse,
  ShownCourse,
} from '../operations/records/courses';
import type {
  AddCredit,
  ChangedCredit,
  CreditList,
  EditCredit,
} from '../operations/records/credits';
import type {
  ChangedEnrollment,
  EnrollmentList,
  ListEnrollments,
  SetEnrollment,
} from '../operations/records/enrollments';
import type { ListPage } from '../operations/pages';

const courses = () => import('../operations/records/courses.js');
const credits = () => import('../operations/records/credits.js');
const enrollments = () => import('../operations/records/enrollments.js');

/** What people learn here. Files, filters and commands name a course by its code. */
export class Courses {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** One page by code; go on with `cursor` = `next`. */
  async list(input: ListCourses = {}): Promise<CourseList> {
    return (await courses()).listCourses(this.#context, input);
  }

  /** With how many people have each status in it. */
  async get(code: string): Promise<ShownCourse> {
    return (await courses()).showCourse(this.#context, code);
  }

  async create(input: CreateCourse): Promise<CourseView> {
    return (await courses()).createCourse(this.#context, input);
  }

  async rename(input: RenameCourse): Promise<CourseView> {
    return (await courses()).renameCourse(this.#context, input);
  }

  /** Nobody new is enrolled in an archived course; with `undo` people can be enrolled again. */
  async archive(input: { readonly course: string; readonly undo?: boolean }): Promise<CourseView> {
    return (await courses()).archiveCourse(this.#context, input);
  }
}

/** Who is in which course: one current enrollment for each person and course. */
export class Enrollments {
  readonly #context: OperationContext;
  /** Says which day is today. */
  readonly #timeZone: string;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly timeZone: string }) {
    this.#context = o.context;
    this.#timeZone = o.timeZone;
  }

  /** One page of a person's, by code of the course; go on with `cursor` = `next`. */
  async list(input: ListEnrollments): Promise<EnrollmentList> {
    return (await enrollments()).listEnrollments(this.#context, input);
  }

  /** Enrolls a person, or changes the enrollment that there is; `change` says which. */
  async set(input: SetEnrollment): Promise<ChangedEnrollment> {
    return (await enrollments()).setEnrollment(this.#context, {
      ...input,
      timeZone: this.#timeZone,
    });
  }

  /** Cancels an enrollment; a later `set` takes it up again. */
  async remove(input: {
    readonly user: string;
    readonly course: string;
  }): Promise<ChangedEnrollment> {
    return (await enrollments()).removeEnrollment(this.#context, input);
  }
}

/** What people learned elsewhere. */
export class Credits {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** One page of a person's, the newest day first; go on with `cursor` = `next`. */
  async list(input: ListPage & { readonly user: string }): Promise<CreditList> {
    return (await credits()).listCredits(this.#context, input);
  }

  /** The same credit is there once; `change` says whether it was there. */
  async add(input: AddCredit): Promise<ChangedCredit> {
    return (await credits()).addCredit(this.#context, input);
  }

  async edit(input: EditCredit): Promise<ChangedCredit> {
    return (await credits()).editCredit(this.#context, input);
  }

  /** Deletes a credit; the audit keeps its values. */
  async remove(input: { readonly user: string; readonly credit: string }): Promise<ChangedCredit> {
    return (await credits()).removeCredit(this.#context, input);
  }
}
