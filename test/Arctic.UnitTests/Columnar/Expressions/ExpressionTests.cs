using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using CsCheck;

namespace Arctic.UnitTests.Columnar.Expressions;

/// <summary>Kernels over columns, with NULLs and selections, against row-by-row models.</summary>
public class ExpressionTests
{
    private static readonly RowSchema Schema = new(new Field("a", DataTypes.Int), new Field("b", DataTypes.Int), new Field("s", DataTypes.String));

    private static readonly Expression A = new Expression.ColumnReference(0, "a", DataTypes.Int);
    private static readonly Expression B = new Expression.ColumnReference(1, "b", DataTypes.Int);
    private static readonly Expression S = new Expression.ColumnReference(2, "s", DataTypes.String);

    private static readonly Gen<int?> Number = Gen.Select(Gen.Int[0, 4], Gen.Int, Gen.Int[-3, 3], (chance, any, small) => chance == 0 ? (int?)null : chance == 1 ? any : small);

    private static readonly Gen<ChangeBatch> Batches = Gen.Select(Number.Array[0, 150], Number.Array[150], Gen.String["ab%_"].Array[150], Gen.Bool.Array[150], Gen.Bool, (a, b, s, chosen, isSelected) =>
        Batch(a.Select((v, i) => new object?[] { v, b[i], s[i] }).ToArray(), isSelected ? Enumerable.Range(0, a.Length).Where(i => chosen[i]).ToArray() : null));

    [Fact]
    public void Integers_wrap_and_null_in_is_null_out() =>
        Check(ScalarFunctions.Plus.Bind([A, B]), (a, b, _) => a + b);

    [Fact]
    public void Multiplication_by_a_constant_equals_the_model() =>
        Check(ScalarFunctions.Times.Bind([A, Literal(7)]), (a, _, _) => unchecked(a * 7));

    [Fact]
    public void Subtraction_from_a_constant_equals_the_model() =>
        Check(ScalarFunctions.Minus.Bind([Literal(7), A]), (a, _, _) => unchecked(7 - a));

    [Fact]
    public void Comparisons_equal_the_model() => Assert.All(
        new (ScalarFunction Function, Func<int, int, bool> Model)[]
        {
            (ScalarFunctions.Equals, (a, b) => a == b),
            (ScalarFunctions.NotEquals, (a, b) => a != b),
            (ScalarFunctions.LessThan, (a, b) => a < b),
            (ScalarFunctions.LessThanOrEqual, (a, b) => a <= b),
            (ScalarFunctions.GreaterThan, (a, b) => a > b),
            (ScalarFunctions.GreaterThanOrEqual, (a, b) => a >= b),
        },
        c => Check(c.Function.Bind([A, B]), (a, b, _) => a is { } x && b is { } y ? c.Model(x, y) : (object?)null));

    [Fact]
    public void And_Or_and_Not_are_three_valued()
    {
        var left = ScalarFunctions.GreaterThan.Bind([A, Literal(0)]);
        var right = ScalarFunctions.GreaterThan.Bind([B, Literal(0)]);

        Check(ScalarFunctions.And.Bind([left, right]), (a, b, _) => (a > 0, b > 0) switch
        {
            _ when a <= 0 || b <= 0 => false,
            _ when a is null || b is null => null,
            _ => true,
        });
        Check(ScalarFunctions.Or.Bind([left, ScalarFunctions.Not.Bind([right])]), (a, b, _) => a > 0 || b <= 0 ? true : a is null || b is null ? null : (object)false);
    }

    [Fact]
    public void Distinct_from_counts_null_as_a_value() =>
        Check(ScalarFunctions.IsDistinctFrom.Bind([A, B]), (a, b, _) => a != b);

    [Fact]
    public void Case_takes_the_first_branch_that_is_true() =>
        Check(
            ConditionalTypes.BindCase(
                [
                    new CaseBranch(ScalarFunctions.GreaterThan.Bind([A, Literal(1)]), ScalarFunctions.Plus.Bind([A, Literal(1)])),
                    new CaseBranch(ScalarFunctions.IsNull.Bind([B]), Literal(-1)),
                ],
                B),
            (a, b, _) => a > 1 ? unchecked(a + 1) : b is null ? -1 : b);

    [Fact]
    public void A_branch_is_not_evaluated_for_rows_of_others()
    {
        var isZero = ScalarFunctions.Equals.Bind([B, Literal(0)]);
        var quotient = ScalarFunctions.Divide.Bind([A, B]);

        Check(ConditionalTypes.BindCase([new CaseBranch(isZero, Literal(0))], quotient), (a, b, _) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b);
        Check(
            ScalarFunctions.And.Bind([ScalarFunctions.NotEquals.Bind([B, Literal(0)]), ScalarFunctions.Equals.Bind([quotient, Literal(0)])]),
            (a, b, _) => b == 0 ? false : b is null || a is null ? null : (object)((b == -1 ? unchecked(-a) : a / b) == 0));
    }

    [Fact]
    public void Division_by_zero_fails_only_for_a_selected_row()
    {
        var quotient = ExpressionCompiler.Compile(ScalarFunctions.Divide.Bind([A, B]), EvaluationSettings.Default);
        object?[][] rows = [[6, 3, ""], [1, 0, ""]];

        Assert.Equal(2, Values(quotient, Batch(rows, [0]))[0]);
        var error = Assert.Throws<ArcticException>(() => Values(quotient, Batch(rows, null)));
        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
        Assert.Contains("/ by zero", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Coalesce_and_nullif_equal_the_model()
    {
        Check(ScalarFunctions.Coalesce.Bind([A, B, Literal(5)]), (a, b, _) => a ?? b ?? 5);
        Check(ScalarFunctions.NullIf.Bind([A, B]), (a, b, _) => a == b ? null : a);
        Check(ScalarFunctions.Greatest.Bind([A, B]), (a, b, _) => a is null || b is null ? null : Math.Max(a.Value, b.Value));
    }

    [Fact]
    public void In_equals_the_model_also_with_null_in_the_list()
    {
        Check(ScalarFunctions.In.Bind([A, Literal(1), Literal(2), Literal(-3)]), (a, _, _) => a is null ? null : a is 1 or 2 or -3);
        Check(ScalarFunctions.In.Bind([A, Literal(1), new Expression.Literal(null, DataTypes.Null), Literal(2)]), (a, _, _) => a is 1 or 2 ? true : null);
        Check(ScalarFunctions.In.Bind([A, B, Literal(1)]), (a, b, _) => a is null ? null : a == 1 || a == b ? true : b is null ? null : (object)false);
    }

    [Theory]
    [InlineData("a%")]
    [InlineData("%b")]
    [InlineData("%ab%")]
    [InlineData("_b%a_")]
    [InlineData("%a%b%")]
    [InlineData("")]
    [InlineData("ab")]
    public void Like_equals_a_regular_expression(string pattern)
    {
        var model = new System.Text.RegularExpressions.Regex("^" + pattern.Replace("%", "(?s:.*)", StringComparison.Ordinal).Replace("_", ".", StringComparison.Ordinal) + "\\z");
        Check(ScalarFunctions.Like.Bind([S, new Expression.Literal(pattern, new DataType.Char(pattern.Length).AsNotNull())]), (_, _, s) => model.IsMatch(s));
    }

    [Fact]
    public void A_decimal_that_does_not_fit_is_null_and_an_error_where_none_may_be()
    {
        var wide = DataTypes.Decimal(38, 0);
        var big = new Expression.Literal(Int128.Parse(new string('9', 38), System.Globalization.CultureInfo.InvariantCulture), wide.AsNotNull());

        Assert.True(ConstantFolder.Evaluate(ScalarFunctions.Plus.Bind([big, CastRules.Cast(big, wide, isTry: true)]), EvaluationSettings.Default).IsNull(0));
        Assert.Throws<ArcticException>(() => ConstantFolder.Evaluate(ScalarFunctions.Plus.Bind([big, big]), EvaluationSettings.Default));
    }

    [Fact]
    public void Folding_keeps_what_fails_so_that_it_fails_when_it_is_run()
    {
        var bad = ScalarFunctions.Divide.Bind([Literal(1), Literal(0)]);

        Assert.Equal(bad, ConstantFolder.Fold(bad, EvaluationSettings.Default));
        Assert.Equal(Literal(3), ConstantFolder.Fold(ScalarFunctions.Plus.Bind([Literal(1), Literal(2)]), EvaluationSettings.Default));
    }

    [Fact]
    public void A_filter_keeps_rows_for_which_the_predicate_is_true() =>
        Batches.Sample(batch =>
        {
            using var filtered = new BatchFilter(ScalarFunctions.GreaterThan.Bind([A, B]), EvaluationSettings.Default).Apply(batch);

            Assert.Equal(TestRows.Changes(batch).Where(c => (int?)c.Row[0] > (int?)c.Row[1]).Select(c => TestRows.Text(c.Row)), TestRows.Changes(filtered).Select(c => TestRows.Text(c.Row)));
        });

    [Fact]
    public void Casting_integers_to_text_and_back_is_the_identity() =>
        Check(CastRules.Cast(CastRules.Cast(A, DataTypes.String, isTry: false), DataTypes.Int, isTry: true), (a, _, _) => a);

    [Fact]
    public void Try_cast_gives_null_for_the_bad_rows_only() =>
        Check(CastRules.Cast(S, DataTypes.Int, isTry: true), (_, _, s) => int.TryParse(s, out var value) ? value : null);

    [Fact]
    public void Rows_arrays_and_fields_take_values_apart_and_together()
    {
        var row = ScalarFunctions.Row.Bind([A, S]);
        var array = ScalarFunctions.Array.Bind([A, B, Literal(9)]);

        Check(ScalarFunctions.FieldAt.Bind([row, Literal(0)]), (a, _, _) => a);
        Check(ScalarFunctions.ElementAt.Bind([array, Literal(2)]), (_, b, _) => b);
        Check(ScalarFunctions.ElementAt.Bind([array, B]), (a, b, _) => b switch { 1 => a, 2 => 2, 3 => 9, _ => (int?)null });
    }

    private static Expression.Literal Literal(int value) => new(value, DataTypes.Int.AsNotNull());

    private static ChangeBatch Batch(object?[][] rows, int[]? selection)
    {
        var batch = TestRows.Batch(Schema, rows);
        return selection is null ? batch : batch.WithSelection(selection);
    }

    private static List<object?> Values(IBatchExpression expression, ChangeBatch batch)
    {
        var column = expression.Evaluate(EvaluationInput.Of(batch));
        Assert.Equal(batch.ColumnLength, column.Length);
        using var result = batch.WithColumns(new RowSchema(new Field("x", expression.Type)), [column]);
        return TestRows.Changes(result).Select(c => c.Row[0]).ToList();
    }

    private static void Check(Expression expression, Func<int?, int?, string, object?> model)
    {
        // Compiled anew each time: samples run in parallel, and an instance belongs to one task.
        Batches.Sample(batch => Assert.Equal(
            TestRows.Changes(batch).Select(c => model((int?)c.Row[0], (int?)c.Row[1], (string)c.Row[2]!)), // text is never NULL here
            Values(ExpressionCompiler.Compile(expression, EvaluationSettings.Default), batch)));
    }
}
