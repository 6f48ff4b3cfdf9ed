namespace Arctic.Columnar.Errors;

/// <summary>Every error code; the reference page is generated from this list.</summary>
public static class ErrorCodes
{
    // SQL and expressions.

    /// <summary>A statement does not parse.</summary>
    public static readonly ErrorCode SyntaxError = User("SYNTAX_ERROR", "The text is not a statement of the dialect.");

    /// <summary>A name of a table, column, function, catalog or database is not known.</summary>
    public static readonly ErrorCode UnknownName = User("UNKNOWN_NAME", "A table, column, function, catalog or database of that name does not exist.");

    /// <summary>Something of that name is there already.</summary>
    public static readonly ErrorCode AlreadyExists = User("ALREADY_EXISTS", "A table, catalog or database of that name exists already.");

    /// <summary>Operand or column types do not fit together.</summary>
    public static readonly ErrorCode TypeMismatch = User("TYPE_MISMATCH", "The types of an expression, or of a query and its target, do not fit.");

    /// <summary>A statement is well formed but not valid.</summary>
    public static readonly ErrorCode InvalidStatement = User("INVALID_STATEMENT", "The statement is well formed but cannot be run as it stands.");

    /// <summary>The dialect has it, Arctic does not yet.</summary>
    public static readonly ErrorCode Unsupported = User("UNSUPPORTED", "The feature is not supported.");

    /// <summary>A value could not be computed: a cast, a division by zero, a NULL in a NOT NULL column.</summary>
    public static readonly ErrorCode EvaluationFailed = User("EVALUATION_FAILED", "An expression has no value for a row: a cast that fails, a division by zero, a NULL where none may be.");

    /// <summary>An option is unknown, missing or has a bad value.</summary>
    public static readonly ErrorCode InvalidOption = User("INVALID_OPTION", "An option is unknown, missing or has a value that cannot be read.");

    // Input data.

    /// <summary>A line or message cannot be read in its format.</summary>
    public static readonly ErrorCode InvalidInput = User("INVALID_INPUT", "A line, message or file does not have the form that its format asks for.");

    // Storage.

    /// <summary>A file or folder is not there.</summary>
    public static readonly ErrorCode ObjectNotFound = External("OBJECT_NOT_FOUND", false, "A file or object does not exist.");

    /// <summary>The store refused or failed an operation.</summary>
    public static readonly ErrorCode StorageFailed = External("STORAGE_FAILED", true, "A storage operation failed.");

    /// <summary>The store is read-only for us, or lacks an ability that commits rest on.</summary>
    public static readonly ErrorCode StorageRefused = External("STORAGE_REFUSED", false, "The storage cannot be written, or lacks an ability that commits rest on.");

    /// <summary>A connection could not be made or broke.</summary>
    public static readonly ErrorCode ConnectionFailed = External("CONNECTION_FAILED", true, "A connection could not be made, or broke.");

    /// <summary>The other side does not accept who asks, or forbids what is asked.</summary>
    public static readonly ErrorCode AccessDenied = External("ACCESS_DENIED", false, "The credentials are missing, wrong or expired, or do not allow what was asked.");

    // Tables.

    /// <summary>A metadata, manifest, data or delete file is damaged or missing.</summary>
    public static readonly ErrorCode TableCorrupt = External("TABLE_CORRUPT", false, "A file of the table is damaged, missing or contradicts another.");

    /// <summary>A table uses a feature of its format that cannot be read or written.</summary>
    public static readonly ErrorCode FormatUnsupported = User("FORMAT_UNSUPPORTED", "A table or file uses a feature of its format that is not supported.");

    /// <summary>Another writer was faster and the retries are used up.</summary>
    public static readonly ErrorCode CommitConflict = External("COMMIT_CONFLICT", true, "Another writer committed first, and the retries are used up or the changes contradict each other.");

    /// <summary>Nobody knows whether a commit took place.</summary>
    public static readonly ErrorCode CommitOutcomeUnknown = External("COMMIT_OUTCOME_UNKNOWN", false, "The answer to a commit was lost; nothing was deleted.");

    // Jobs.

    /// <summary>A newer run of the same job is active.</summary>
    public static readonly ErrorCode JobFenced = User("JOB_FENCED", "A newer run of the same job has taken over; this one stopped.");

    /// <summary>A checkpoint is damaged and no older one may be used.</summary>
    public static readonly ErrorCode CheckpointDamaged = External("CHECKPOINT_DAMAGED", false, "A checkpoint cannot be read, and going back further would lose or repeat rows.");

    /// <summary>The plan of a job differs from that of its checkpoint.</summary>
    public static readonly ErrorCode PlanChanged = User("PLAN_CHANGED", "The job's plan is not the one that its checkpoint was taken of.");

    /// <summary>There are not enough task slots.</summary>
    public static readonly ErrorCode NoSlots = User("NO_SLOTS", "The job needs more task slots than are free.");

    /// <summary>A memory budget is used up.</summary>
    public static readonly ErrorCode ResourcesExhausted = User("RESOURCES_EXHAUSTED", "A memory or disk budget is used up.");

    /// <summary>A bug.</summary>
    public static readonly ErrorCode Internal = new("INTERNAL", ErrorOwner.Internal, false, "A bug in Arctic: please report it.");

    private static ErrorCode User(string name, string meaning) => new(name, ErrorOwner.User, false, meaning);

    private static ErrorCode External(string name, bool isTransient, string meaning) => new(name, ErrorOwner.External, isTransient, meaning);
}
