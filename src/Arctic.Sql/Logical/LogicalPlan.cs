using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Sql.Catalog;

namespace Arctic.Sql.Logical;

/// <summary>
/// A typed relational plan: what a query computes, not how. Both modes share it; <c>Physical/</c> draws job graphs of it and DuckDB runs its batch relations.
/// Expressions of a node refer to the columns of its input by index (a join's: left columns, then right ones). Compares by value.
/// </summary>
/// <param name="Schema">The columns that the node produces.</param>
internal abstract record LogicalPlan(RowSchema Schema)
{
    /// <summary>The nodes that this one reads, in order.</summary>
    public abstract EquatableList<LogicalPlan> Inputs { get; }

    /// <summary>The same node over other inputs of the same schemas.</summary>
    public abstract LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs);

    /// <summary>The plan as EXPLAIN prints it.</summary>
    public sealed override string ToString() => PlanPrinter.Print(this);

    /// <summary>Reads a table.</summary>
    /// <param name="Table">What is read.</param>
    /// <param name="Columns">Indices of the columns of <see cref="TableDefinition.Schema"/> that are read, in output order.</param>
    /// <param name="Predicate">
    /// Over the scan's own output; null for all rows. No Filter stands above it: whoever plans the scan applies it to every row, behind merging and normalizing. The
    /// source may use it to read less, but where rows replace each other by key only by what it says of the key.
    /// </param>
    /// <param name="Options">The table's options with those of an <c>OPTIONS</c> hint over them.</param>
    public sealed record Scan(TableDefinition Table, EquatableList<int> Columns, Expression? Predicate, TableOptions Options)
        : LogicalPlan(Table.Schema.Project(Columns))
    {
        /// <summary>The greatest number of rows that anybody above wants; null for all. A source may stop there; a Limit above still counts.</summary>
        public long? RowsMax { get; init; }

        /// <summary>The point in time or snapshot of <c>FOR SYSTEM_TIME AS OF</c>: a constant timestamp expression; null for now.</summary>
        public Expression? AsOf { get; init; }

        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => EquatableList<LogicalPlan>.Empty;

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this;
    }

    /// <summary>Constant rows.</summary>
    /// <param name="Rows">Expressions without column references, one a column.</param>
    public sealed record Values(EquatableList<EquatableList<Expression>> Rows, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <summary>One row without columns: what a SELECT without FROM reads.</summary>
        public static readonly Values SingleRow = new([EquatableList<Expression>.Empty], RowSchema.Empty);

        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => EquatableList<LogicalPlan>.Empty;

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this;
    }

    /// <summary>Computes one expression a column.</summary>
    public sealed record Project(LogicalPlan Input, EquatableList<Expression> Expressions, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Keeps the rows for which the predicate is TRUE (not NULL).</summary>
    public sealed record Filter(LogicalPlan Input, Expression Predicate) : LogicalPlan(Input.Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Groups rows by columns and computes aggregates; DISTINCT is one without calls. NULL keys form a group.</summary>
    /// <param name="GroupKeys">Column indices of the input; empty for one global group.</param>
    /// <param name="Calls">The aggregates. Output columns are the keys, then the calls.</param>
    public sealed record Aggregate(LogicalPlan Input, EquatableList<int> GroupKeys, EquatableList<AggregateCall> Calls, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Joins two inputs.</summary>
    /// <param name="Keys">Pairs of columns that must be equal; empty for a cross join or one on <paramref name="Residual"/> alone.</param>
    /// <param name="Residual">What must hold beside the keys, over left columns followed by right columns; null for nothing. For an outer join a failed residual is no match.</param>
    /// <param name="Schema">Left columns, then right ones, nullable on the outer sides; the left ones alone for semi and anti joins.</param>
    public sealed record Join(LogicalPlan Left, LogicalPlan Right, JoinKind Kind, EquatableList<JoinKey> Keys, Expression? Residual, RowSchema Schema)
        : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Left, Right];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Left = inputs[0], Right = inputs[1] };
    }

    /// <summary>Each row with each element of a collection of it: UNNEST.</summary>
    /// <param name="Collection">An ARRAY, MAP or MULTISET over the input.</param>
    /// <param name="WithOrdinality">Whether the element's 1-based place is the last column.</param>
    /// <param name="KeepsEmpty">Whether a row without elements comes once, with NULLs: a LEFT JOIN.</param>
    /// <param name="Schema">The input's columns, then those of an element (the fields of a ROW; key and value of a MAP), then the place.</param>
    public sealed record Unnest(LogicalPlan Input, Expression Collection, bool WithOrdinality, bool KeepsEmpty, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>UNION ALL: the rows of all inputs, whose column types are equal.</summary>
    public sealed record Union(EquatableList<LogicalPlan> Branches, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => Branches;

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Branches = new(inputs) };
    }

    /// <summary>INTERSECT or EXCEPT of two inputs with equal column types; NULL matches NULL.</summary>
    /// <param name="IsAll">Whether duplicates count.</param>
    public sealed record SetOperation(LogicalPlan Left, LogicalPlan Right, SetOperationKind Kind, bool IsAll, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Left, Right];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Left = inputs[0], Right = inputs[1] };
    }

    /// <summary>Orders all rows.</summary>
    public sealed record Sort(LogicalPlan Input, EquatableList<SortKey> Keys) : LogicalPlan(Input.Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Skips <paramref name="Offset"/> rows, then passes at most <paramref name="Count"/> (null for all) on.</summary>
    public sealed record Limit(LogicalPlan Input, long Offset, long? Count) : LogicalPlan(Input.Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>A Limit over a Sort in one (Flink's SortLimit): the optimizer makes it, the binder never does.</summary>
    public sealed record TopN(LogicalPlan Input, EquatableList<SortKey> Keys, long Offset, long Count) : LogicalPlan(Input.Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Computes functions OVER one window for each row. Output columns are the input's, then the calls.</summary>
    /// <param name="Partition">Columns of the input; empty for all rows together.</param>
    /// <param name="Order">The order within a partition; empty for none.</param>
    /// <param name="Frame">The rows of the partition that aggregates see.</param>
    public sealed record Over(LogicalPlan Input, EquatableList<int> Partition, EquatableList<SortKey> Order, OverFrame Frame, EquatableList<OverCall> Calls, RowSchema Schema)
        : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>The rows of each partition from one number to another in an order: a filtered ROW_NUMBER (Flink's Rank), or the LIMIT of a sub-query for each row around it.</summary>
    /// <param name="Partition">Columns of the input; empty for all rows together.</param>
    /// <param name="Start">The first number, from 1.</param>
    /// <param name="End">The last number.</param>
    /// <param name="GivesNumber">Whether the number is the last output column.</param>
    public sealed record Rank(LogicalPlan Input, EquatableList<int> Partition, EquatableList<SortKey> Order, long Start, long End, bool GivesNumber, RowSchema Schema)
        : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Puts each row into the time windows that it belongs to: once for each, with the columns <c>window_start</c>, <c>window_end</c> and <c>window_time</c> behind its own.</summary>
    /// <param name="Window">The windows.</param>
    public sealed record WindowTable(LogicalPlan Input, TimeWindow Window, RowSchema Schema) : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Joins each left row to the version of a right row that was valid at the left row's time (FOR SYSTEM_TIME AS OF a time attribute). Inner or left outer.</summary>
    /// <param name="LeftTime">The left time attribute.</param>
    /// <param name="RightTime">The right time attribute: when a version begins.</param>
    /// <param name="Keys">Pairs of columns that must be equal; the right ones are the right input's key.</param>
    /// <param name="Residual">What must hold beside the keys, over left columns followed by right columns; null for nothing.</param>
    /// <param name="Schema">Left columns, then right ones, nullable for a left outer join.</param>
    public sealed record TemporalJoin(LogicalPlan Left, LogicalPlan Right, JoinKind Kind, int LeftTime, int RightTime, EquatableList<JoinKey> Keys, Expression? Residual, RowSchema Schema)
        : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Left, Right];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Left = inputs[0], Right = inputs[1] };
    }

    /// <summary>Joins each left row to the rows that a table has at that moment (FOR SYSTEM_TIME AS OF a processing time). Inner or left outer; the table is no input: the join reads it.</summary>
    /// <param name="Table">What is looked up in; has the primary key among its columns.</param>
    /// <param name="Keys">Pairs of columns that must be equal.</param>
    /// <param name="Residual">What must hold beside the keys, over left columns followed by the table's; null for nothing.</param>
    /// <param name="Schema">Left columns, then the table's, nullable for a left outer join.</param>
    public sealed record LookupJoin(LogicalPlan Left, Scan Table, JoinKind Kind, EquatableList<JoinKey> Keys, Expression? Residual, RowSchema Schema)
        : LogicalPlan(Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Left];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Left = inputs[0] };
    }

    /// <summary>Derives watermarks from a time column; the rows pass unchanged.</summary>
    /// <param name="RowtimeIndex">The column of the input that is the time attribute.</param>
    /// <param name="Watermark">The watermark of a row, of the column's type.</param>
    public sealed record WatermarkAssigner(LogicalPlan Input, int RowtimeIndex, Expression Watermark) : LogicalPlan(Input.Schema)
    {
        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }

    /// <summary>Writes the rows into a table; the root of an INSERT. The input's columns are the table's physical columns, in order and of their types.</summary>
    /// <param name="Options">The table's options with those of an <c>OPTIONS</c> hint over them.</param>
    /// <param name="Mode">INTO or OVERWRITE.</param>
    public sealed record Sink(LogicalPlan Input, TableDefinition Table, TableOptions Options, InsertMode Mode) : LogicalPlan(Input.Schema)
    {
        /// <summary>Constant values of a static PARTITION clause, by column: what OVERWRITE replaces. Empty for none.</summary>
        public EquatableList<KeyValuePair<string, Expression>> StaticPartition { get; init; } = EquatableList<KeyValuePair<string, Expression>>.Empty;

        /// <inheritdoc/>
        public override EquatableList<LogicalPlan> Inputs => [Input];

        /// <inheritdoc/>
        public override LogicalPlan WithInputs(IReadOnlyList<LogicalPlan> inputs) => this with { Input = inputs[0] };
    }
}
