using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Functions;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Sql.Functions;

public class FunctionCatalogTests
{
    [Fact]
    public void Functions_are_found_whatever_the_case() => Assert.Same(FunctionCatalog.Find("UPPER"), FunctionCatalog.Find("Upper"));

    [Fact]
    public void Functions_that_Flink_does_not_have_are_not_there() =>
        Assert.All(["LENGTH", "ILIKE", "DATEDIFF", "LEVENSHTEIN", "FACTORIAL"], name => Assert.Null(FunctionCatalog.Find(name)));

    [Fact]
    public void Every_function_refuses_a_wrong_number_of_arguments_as_a_callers_mistake() =>
        Assert.All(FunctionCatalog.Names.Where(n => n is not ("COALESCE" or "GREATEST" or "LEAST" or "ROW" or "CONCAT" or "CONCAT_WS" or "ARRAY_CONCAT")), name =>
        {
            var tooMany = Enumerable.Repeat<Expression>(new Expression.Literal(1, DataTypes.Int.AsNotNull()), 9).ToArray();
            var error = Assert.Throws<ArcticException>(() => FunctionCatalog.Find(name)!.Bind(tooMany)); // listed, so there
            Assert.Equal(ErrorOwner.User, error.Code.Owner);
        });

    [Fact]
    public void The_clock_is_the_given_one_and_the_querys_start_in_batch()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2024, 2, 29, 23, 30, 0, TimeSpan.Zero));
        var streaming = new EvaluationSettings { Time = time, TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai") };
        var batch = streaming with { QueryStart = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero) };

        Assert.Equal("2024-03-01", Text("CURRENT_DATE", streaming));
        Assert.Equal("2000-01-01 08:00:00.000", Text("NOW", batch));
        Assert.Equal("2024-03-01 07:30:00.000", Text("CURRENT_ROW_TIMESTAMP", batch));
    }

    [Fact]
    public void A_seeded_random_number_is_Javas()
    {
        var rand = FunctionCatalog.Find("RAND_INTEGER")!.Bind([new Expression.Literal(5, DataTypes.Int.AsNotNull()), new Expression.Literal(10, DataTypes.Int.AsNotNull())]); // it is there

        Assert.Equal("7", ValueText.Format(ConstantFolder.Evaluate(rand, EvaluationSettings.Default), 0, TimeZoneInfo.Utc));
    }

    private static string Text(string function, EvaluationSettings settings) =>
        ValueText.Format(ConstantFolder.Evaluate(FunctionCatalog.Find(function)!.Bind([]), settings), 0, settings.TimeZone); // it is there
}
